// Puts the parts of the page together. Without this script the page works by links and forms.
import * as editing from "./editing.js";
import * as feed from "./feed.js";
import { $, show } from "./dom.js";
import { reportedCountry, showReport } from "./report.js";
import * as session from "./session.js";
import * as table from "./table.js";

for (const element of document.querySelectorAll("[data-js]")) show(element, true);

const THEMES = ["auto", "light", "dark"];
function showTheme() {
  const name = document.documentElement.dataset.theme;
  $("theme-name").textContent = name[0].toUpperCase() + name.slice(1);
  $("theme").setAttribute("aria-label", `Theme: ${name}`);
}
$("theme").onclick = () => {
  const root = document.documentElement;
  root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
  localStorage.setItem("theme", root.dataset.theme);
  showTheme();
};
showTheme();

function report() {
  const code = table.chosenCountry();
  if (code !== reportedCountry()) showReport(code, code && table.nameOf(code));
}

function reportAgain() {
  const code = reportedCountry();
  feed.line(new Date().toISOString(), `the report of ${table.nameOf(code)} was invalidated`);
  showReport(code, table.nameOf(code));
}

const WATCHED = ["population", "latitude", "longitude", "country_id"];

// What somebody has changed, in this tab, in another one or elsewhere.
function changed(what) {
  if (what.kind === "updated") table.applyChange(what);
  else if (what.kind !== "deleted" || table.isShown(what.city_id)) table.load();
  const country = reportedCountry();
  const touched = what.kind !== "updated" || WATCHED.some((name) => name in what.after);
  const countries = [what.country_code, what.before?.country_id];
  if (country && touched && (what.kind === "bulk" || countries.includes(country))) reportAgain();
}

editing.start();
table.start(report);
report();
session.start(() => {
  editing.showTools();
  table.repaint();
});
feed.start(changed);
