// The panel that shows the very request that filled the table.
import { $, make } from "./dom.js";

const OPEN_LEVELS = 2;

function badge(text, kind = "", title) {
  return make("li", { class: `badge ${kind}`, title }, text);
}

export function showRequest(path, answer) {
  $("url").replaceChildren(...coloured(path));
  $("url").href = path;
  $("badges").replaceChildren(...badges(answer));
  $("json").replaceChildren(tree(answer.data, null, 0, true));
}

function coloured(path) {
  const [before, query] = path.split("?");
  if (!query) return [before];
  const parts = [before, "?"];
  query.split("&").forEach((pair, index) => {
    const [name, value] = pair.split("=");
    if (index) parts.push("&");
    parts.push(make("span", { class: "name" }, decodeURIComponent(name)), "=");
    parts.push(make("span", { class: "value" }, decodeURIComponent((value ?? "").replaceAll("+", " "))));
  });
  return parts;
}

function badges({ status, headers, data, milliseconds }) {
  const found = [badge(String(status), status < 300 ? "good" : "bad"), badge(`${milliseconds.toFixed(0)} ms here`)];
  const timing = headers.get("Server-Timing") ?? "";
  const total = /total;dur=([\d.]+)/.exec(timing);
  const queries = /desc="([^"]+)"/.exec(timing);
  if (total) found.push(badge(`${total[1]} ms in the server`, "", "Server-Timing"));
  if (queries) found.push(badge(queries[1], "", "Server-Timing"));
  if (data?.results) found.push(badge(`${data.results.length} rows`));
  const cache = headers.get("X-Cache-status");
  if (cache) found.push(badge(cache));
  const limit = headers.get("RateLimit");
  if (limit) found.push(badge(`${/r=(\d+)/.exec(limit)?.[1] ?? limit} requests left`, "", `RateLimit: ${limit}`));
  return found;
}

function tree(value, key, level, last) {
  const comma = last ? "" : ",";
  const name = key === null ? [] : [make("span", { class: "k" }, JSON.stringify(key)), ": "];
  if (value === null || typeof value !== "object") {
    const kind = typeof value === "string" ? "s" : "n";
    return make("div", {}, ...name, make("span", { class: kind }, JSON.stringify(value)), comma);
  }
  const entries = Array.isArray(value) ? value.map((item) => [null, item]) : Object.entries(value);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (!entries.length) return make("div", {}, ...name, open + close + comma);
  const details = make("details", { open: level < OPEN_LEVELS || entries.length < 9 });
  const count = make("span", { class: "soft" }, Array.isArray(value) ? ` ${entries.length} items` : "");
  details.append(make("summary", {}, ...name, open, count));
  entries.forEach(([inner, item], index) => details.append(tree(item, inner, level + 1, index === entries.length - 1)));
  return make("div", {}, details, close + comma);
}

const absolute = () => new URL($("url").getAttribute("href"), location.href).href;

async function copy(button, text) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => (button.textContent = before), 1500);
}

$("copy").onclick = (event) => copy(event.currentTarget, absolute());
$("curl").onclick = (event) => copy(event.currentTarget, `curl '${absolute().replaceAll("'", "'\\''")}'`);
