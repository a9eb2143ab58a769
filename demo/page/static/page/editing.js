// The dialog that makes, changes and deletes a city, and what it says when somebody else was faster.
import { call, problem } from "./api.js";
import { $, grouped, make, show, tell } from "./dom.js";
import { currentUser } from "./session.js";

const dialog = $("city-dialog");
const form = dialog.querySelector("form");
const FIELDS = [
  ["name", "Name", "wide"],
  ["country", "Country"],
  ["population", "Population"],
  ["timezone", "Time zone", "wide"],
  ["latitude", "Latitude"],
  ["longitude", "Longitude"],
];
let city = null;

export const mayEdit = () => Boolean(currentUser()?.groups.includes("editors"));

function build() {
  const fields = FIELDS.map(([name, label, wide]) => {
    const id = `city-${name}`;
    const described = { id, name, "aria-describedby": `${id}-problem`, autocomplete: "off" };
    const control = name === "country" ? make("select", described, ...$("country").cloneNode(true).children) : make("input", described);
    return make("div", { class: `field ${wide ?? ""}` }, make("label", { for: id }, label), control, make("p", { class: "problem", id: `${id}-problem` }));
  });
  $("city-fields").replaceChildren(...fields);
}

function fill(values) {
  for (const [name] of FIELDS) form.elements[name].value = values[name] ?? "";
  complain([]);
  show($("conflict"), false);
  tell($("city-problem"), "");
}

function complain(fields) {
  const by = Object.fromEntries(fields);
  for (const [name] of FIELDS) {
    $(`city-${name}-problem`).textContent = by[name]?.join(" ") ?? "";
    if (by[name]) form.elements[name].setAttribute("aria-invalid", "true");
    else form.elements[name].removeAttribute("aria-invalid");
  }
}

export async function editCity(id) {
  const answer = await call("GET", `/api/cities/${id}/`);
  if (answer.status !== 200) return;
  const { location, ...rest } = answer.data;
  city = { ...rest, ...location };
  $("city-title").textContent = `Edit ${city.name}`;
  fill(city);
  show($("delete"), currentUser()?.is_staff);
  if (!dialog.open) dialog.showModal();
  form.elements.population.select();
}

function newCity() {
  city = null;
  $("city-title").textContent = "New city";
  fill({});
  show($("delete"), false);
  dialog.showModal();
}

function values() {
  const found = {};
  for (const [name] of FIELDS) {
    const value = form.elements[name].value.trim();
    if (!city || value !== String(city[name])) found[name] = value;
  }
  return found;
}

function showConflict(mine, details) {
  const columns = { ...details.current, country: details.current.country_id };
  const differing = FIELDS.filter(([name]) => name in mine || String(columns[name]) !== String(city[name]));
  const text = (value) => (typeof value === "number" ? grouped(value) : String(value));
  const body = differing.map(([name, label]) =>
    make("tr", {}, make("th", { scope: "row" }, label), make("td", {}, text(mine[name] ?? city[name])), make("td", {}, text(columns[name]))));
  const head = ["", `Yours (from version ${details.sent_version})`, `Saved (version ${details.current_version})`];
  $("conflict").replaceChildren(
    make("p", {}, "Somebody else has changed this city since you read it."),
    make("table", {}, make("thead", {}, make("tr", {}, ...head.map((title) => make("th", { scope: "col" }, title)))), make("tbody", {}, ...body)),
    make("button", { type: "button", class: "quiet", onclick: () => editCity(city.id) }, "Reload the saved version"),
  );
  show($("conflict"), true);
}

async function save(event) {
  event.preventDefault();
  const mine = values();
  const answer = await (city
    ? call("PATCH", `/api/cities/${city.id}/`, { ...mine, version: city.version })
    : call("POST", "/api/cities/", mine)
  ).catch(() => null);
  if (!answer) tell($("city-problem"), "The server cannot be reached.");
  else if (answer.status < 300) dialog.close();
  else if (answer.status === 409 && answer.data.error.details.current) showConflict(mine, answer.data.error.details);
  else {
    const found = problem(answer);
    complain(found.fields);
    tell($("city-problem"), found.fields.length ? "" : found.message);
  }
}

async function remove() {
  if (!confirm(`Delete ${city.name}?`)) return;
  const answer = await call("DELETE", `/api/cities/${city.id}/`);
  if (answer.status === 204) dialog.close();
  else tell($("city-problem"), problem(answer).message);
}

export function start() {
  build();
  form.addEventListener("submit", save);
  $("delete").onclick = remove;
  $("new-city").onclick = newCity;
}

export const showTools = () => show($("new-city"), mayEdit());
