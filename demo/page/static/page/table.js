// The table of cities: filters as one types, pages, and the row that somebody has just changed.
import { call, problem } from "./api.js";
import { $, grouped, make, show, tell } from "./dom.js";
import { showRequest } from "./request.js";
import { editCity, mayEdit } from "./editing.js";

const PAUSE = 200; // milliseconds after the last key
const form = $("filters");
const FIELDS = ["q", "country", "population__gte", "order_by"];
let timer;
let latest = 0;
let rows = new Map();

const encode = (text) => encodeURIComponent(text).replaceAll("%20", "+").replaceAll("%2C", ",");

// The query string of the form, in the order of its fields; parameters that it has no field for are kept.
function queryOfForm() {
  const pairs = [];
  for (const name of FIELDS) {
    const value = form.elements[name].value.trim();
    if (value) pairs.push([name === "country" && form.elements.not.checked ? "country!" : name, value]);
  }
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!FIELDS.includes(name) && !["country!", "page", "not"].includes(name)) pairs.push([name, value]);
  }
  return pairs.map(([name, value]) => `${encode(name).replaceAll("%21", "!")}=${encode(value)}`).join("&");
}

function fillForm() {
  const given = new URLSearchParams(location.search);
  for (const name of FIELDS) form.elements[name].value = given.get(name) ?? "";
  if (given.has("country!")) form.elements.country.value = given.get("country!");
  form.elements.not.checked = given.has("country!");
}

export const chosenCountry = () => (form.elements.not.checked ? null : form.elements.country.value || null);
export const nameOf = (code) => form.elements.country.querySelector(`option[value="${CSS.escape(code)}"]`)?.textContent ?? code;

function link(element, query) {
  if (query === null) element.removeAttribute("href");
  else element.href = query ? `/?${query}` : "/";
  element.toggleAttribute("aria-disabled", query === null);
  if (query === null) element.setAttribute("aria-disabled", "true");
}

function showChips() {
  const pairs = location.search.slice(1).split("&").filter((pair) => pair && !pair.startsWith("page="));
  const chips = pairs.map((pair) => {
    const [name, value] = pair.split("=").map((text) => decodeURIComponent(text.replaceAll("+", " ")));
    const rest = pairs.filter((other) => other !== pair).join("&");
    const text = [make("span", {}, name), `=${value} `, make("span", { "aria-hidden": "true" }, "×")];
    const attributes = { class: "chip", href: rest ? `/?${rest}` : "/", "aria-label": `Remove ${name}=${value}` };
    return make("li", {}, make("a", attributes, ...text));
  });
  $("chips").replaceChildren(...chips);
  $("export").href = `/api/cities/export/?${pairs.join("&")}`;
}

function showProblems(found) {
  const elsewhere = [];
  const by = Object.fromEntries(found?.fields ?? []);
  for (const [name, texts] of Object.entries(by)) {
    if (!FIELDS.includes(name.replace("!", ""))) elsewhere.push(`${name}: ${texts.join(" ")}`);
  }
  for (const name of FIELDS) {
    const texts = by[name] ?? by[`${name}!`];
    $(`${name}-problem`).textContent = texts?.join(" ") ?? "";
    form.elements[name].toggleAttribute("aria-invalid", Boolean(texts));
    if (texts) form.elements[name].setAttribute("aria-invalid", "true");
  }
  if (found && !Object.keys(by).length) elsewhere.push(found.message);
  tell($("elsewhere"), elsewhere.join(" · "));
}

function row(city) {
  const star = city.is_capital && make("span", { class: "star", role: "img", "aria-label": "capital", title: "capital" }, "★");
  const edit = mayEdit() && make("button", { class: "quiet", "aria-label": `Edit ${city.name}`, onclick: () => editCity(city.id) }, "✎");
  return make(
    "tr",
    { "data-id": city.id },
    make("th", { scope: "row" }, city.name, ...(star ? [" ", star] : [])),
    make("td", {}, city.country_name),
    make("td", { class: "number" }, grouped(city.population)),
    make("td", { class: "zone" }, city.timezone),
    make("td", { class: "edit" }, ...(edit ? [edit] : [])),
  );
}

function showRows(answer) {
  rows = new Map();
  if (answer.status !== 200) {
    $("rows").replaceChildren(make("tr", { class: "none" }, make("td", { colspan: 5 }, "No rows: the request was refused.")));
    $("found").textContent = "No rows: the request was refused";
    return;
  }
  const { results, next, previous } = answer.data;
  for (const city of results) rows.set(city.id, city);
  const none = make("tr", { class: "none" }, make("td", { colspan: 5 }, "No city matches."));
  $("rows").replaceChildren(...(results.length ? results.map(row) : [none]));
  $("found").textContent = results.length ? `${results.length} rows` : "No city matches";
  const query = (url) => url && new URL(url).search.slice(1);
  link($("next"), next ? query(next) : null);
  link($("previous"), previous ? query(previous) : null);
}

// Fetches what the address bar says. Of answers that overtake each other the last asked for wins.
export async function load() {
  const mine = ++latest;
  const path = `/api/cities/${location.search}`;
  showChips();
  const slow = setTimeout(() => $("cities").classList.add("loading"), 250);
  try {
    const answer = await call("GET", path);
    if (mine !== latest) return;
    showRequest(path, answer);
    showProblems(answer.status < 300 ? null : problem(answer));
    showRows(answer);
  } catch (error) {
    if (mine === latest) tell($("elsewhere"), "The server cannot be reached.");
  } finally {
    clearTimeout(slow);
    if (mine === latest) $("cities").classList.remove("loading");
  }
}

export function repaint() {
  if (rows.size) $("rows").replaceChildren(...[...rows.values()].map(row));
}

// Shows a change that somebody has made, if its row is here.
export function applyChange(what) {
  const city = rows.get(what.city_id);
  if (!city) return;
  const changed = { ...city, ...what.after, version: city.version + 1 };
  if (what.after.country_id) Object.assign(changed, { country: what.after.country_id, country_name: nameOf(what.after.country_id) });
  rows.set(city.id, changed);
  const fresh = row(changed);
  fresh.classList.add("changed");
  $("rows").querySelector(`[data-id="${city.id}"]`)?.replaceWith(fresh);
}

export const isShown = (id) => rows.has(id);

function go(query, listener, { replace = false } = {}) {
  const url = query ? `/?${query}` : "/";
  if (url !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"]({}, "", url);
  listener();
}

export function start(changed) {
  const moved = () => {
    load();
    changed();
  };
  let typing = false;
  form.addEventListener("input", (event) => {
    const typed = event.target.matches("input:not([type=checkbox])");
    clearTimeout(timer);
    timer = setTimeout(() => {
      go(queryOfForm(), moved, { replace: typed && typing });
      typing = typed;
    }, typed ? PAUSE : 0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    go(queryOfForm(), moved);
  });
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest(".chips a:not(#export), .pages a[href]");
    if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    typing = false;
    go(new URL(anchor.href).search.slice(1), () => {
      fillForm();
      moved();
    });
    if (anchor.closest(".pages")) $("cities").focus({ preventScroll: false });
  });
  window.addEventListener("popstate", () => {
    typing = false;
    fillForm();
    moved();
  });
  show($("apply"), false); // filters as one types
  load();
}
