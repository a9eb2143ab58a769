// The cached report of a country, and how the cache answered.
import { call, problem } from "./api.js";
import { $, clock, grouped, make, show } from "./dom.js";
import { mayEdit } from "./editing.js";

const KINDS = { HIT: "good", MISS: "warn", STALE: "warn", REFRESH: "warn", BYPASS: "warn" };
const WORDS = { HIT: "from the cache", MISS: "computed now", STALE: "from the cache, renewed behind", REFRESH: "computed anew", BYPASS: "cache not used" };
const HISTORY = 5;
const hint = $("report").firstElementChild;
let shown = null;
let answers = [];

export const reportedCountry = () => shown;

export async function showReport(code, name, fresh = false) {
  if (code !== shown) answers = [];
  shown = code;
  if (!code) {
    $("report-title").textContent = "Report";
    $("report-badge").replaceChildren();
    $("report").replaceChildren(hint);
    show($("report-history"), false);
    return;
  }
  $("report-title").textContent = `Report: ${name}`;
  const answer = await call("GET", `/api/countries/${code}/report/${fresh ? "?fresh=1" : ""}`).catch(() => null);
  if (!answer || code !== shown) return;
  if (answer.status !== 200) {
    $("report").replaceChildren(make("p", { class: "problem" }, problem(answer).message));
    return;
  }
  const status = answer.headers.get("X-Cache-status") ?? "";
  const badge = `${status} ${answer.milliseconds.toFixed(0)} ms`;
  answers = [[badge, status], ...answers].slice(0, HISTORY);
  $("report-badge").replaceChildren(
    make("span", { class: `badge ${KINDS[status] ?? ""}`, id: "report-status" }, badge),
    ...[["Ask again", false], ...(mayEdit() ? [["Compute anew", true]] : [])].flatMap(([label, anew]) => [
      " ",
      make("button", { class: "quiet small", type: "button", onclick: () => showReport(code, name, anew) }, label),
    ]),
  );
  const { cities, inhabitants, gini, zipf, nearest_km: nearest } = answer.data;
  const figures = [
    ["Cities", grouped(cities)],
    ["Inhabitants", grouped(inhabitants)],
    ["Gini", gini ?? "–"],
    ["Zipf exponent", zipf ?? "–"],
    ["Nearest city", nearest === null ? "–" : `${nearest} km`],
  ].map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, String(value))));
  const at = answer.headers.get("X-Cached-at");
  const until = answer.headers.get("X-Cache-reset-at");
  const when = at ? `${WORDS[status]}. Computed ${clock(at)}, fresh until ${clock(until)}.` : WORDS[status];
  $("report").replaceChildren(make("dl", { class: "figures" }, ...figures), make("p", { class: "note" }, `${status}: ${when}`));
  show($("report-history"), answers.length > 1);
  $("report-history").replaceChildren(...answers.map(([text, kind]) => make("li", { class: `badge ${KINDS[kind] ?? ""}` }, text)));
}
