// Live changes: server-sent events, with the connection's state in words.
import { call } from "./api.js";
import { $, clock, grouped, make } from "./dom.js";

const LINES = 50;
const LOST_AFTER = 3000; // milliseconds of trying to reconnect
const STATES = { on: "connected", wait: "reconnecting …", lost: "connection lost, trying again" };
let last = null;
let lost;

function state(name) {
  $("feed-state").dataset.state = name;
  $("feed-text").textContent = STATES[name];
}

const LABELS = { country_id: "country", region_code: "region", timezone: "time zone", is_capital: "capital" };
const text = (value) => (typeof value === "number" ? grouped(value) : String(value));

function describe({ by, what }) {
  if (what.kind === "bulk") return `${by}: ${grouped(what.after.cities)} cities written at once`;
  const where = `${what.city_name} (${what.country_code})`;
  if (what.kind === "created") return `${by}: ${where} is new`;
  if (what.kind === "deleted") return `${by}: ${where} was deleted`;
  const parts = Object.entries(what.after).map(([name, value]) =>
    `${name === "population" ? "" : `${LABELS[name] ?? name} `}${text(what.before[name])} → ${text(value)}`);
  return `${by}: ${where} ${parts.join(", ")}`;
}

export function line(at, said) {
  $("feed").prepend(make("li", {}, make("time", { datetime: at }, clock(at)), make("span", {}, said)));
  while ($("feed").children.length > LINES) $("feed").lastElementChild.remove();
}

function connect(listen) {
  const source = new EventSource(last === null ? "/api/events/" : `/api/events/?after=${last}`);
  source.onopen = () => {
    clearTimeout(lost);
    lost = undefined;
    state("on");
  };
  source.onerror = () => {
    if ($("feed-state").dataset.state !== "lost") state("wait");
    lost ??= setTimeout(() => state("lost"), LOST_AFTER);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => connect(listen), 1000);
  };
  source.addEventListener("change", (event) => {
    last = event.lastEventId;
    const change = JSON.parse(event.data);
    line(change.at, describe(change));
    listen(change.what);
  });
  source.addEventListener("reset", (event) => {
    last = event.lastEventId;
    line(new Date().toISOString(), "too much was missed: everything is read anew");
    listen({ kind: "bulk", after: {} });
  });
  window.addEventListener("pagehide", () => source.close(), { once: true });
}

export async function start(listen) {
  state("wait");
  const answer = await call("GET", "/api/changes/?page_size=8").catch(() => null);
  if (answer?.status === 200) {
    for (const change of answer.data.results.toReversed()) line(change.at, describe(change));
    last = answer.data.results[0]?.id ?? null;
  }
  connect(listen);
}
