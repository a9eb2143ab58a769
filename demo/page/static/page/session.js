// Log in, stay logged in over a reload, log out.
import { call, logIn, logOut, problem, renew } from "./api.js";
import { $, show, tell } from "./dom.js";

let user = null;

export const currentUser = () => user;

async function find(changed) {
  const answer = await call("GET", "/api/me/");
  user = answer.status === 200 ? answer.data : null;
  show($("log-in"), !user);
  show($("log-out"), Boolean(user));
  tell($("who"), user?.username);
  changed();
}

function forget(changed) {
  user = null;
  show($("log-in"), true);
  show($("log-out"), false);
  tell($("who"), "");
  changed();
}

export async function start(changed) {
  const dialog = $("log-in-dialog");
  const form = dialog.querySelector("form");
  $("log-in").onclick = () => {
    tell($("log-in-problem"), "");
    form.reset();
    dialog.showModal();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await logIn($("username").value, $("password").value).catch(() => null);
    if (answer?.status !== 200) {
      tell($("log-in-problem"), answer ? problem(answer).message : "The server cannot be reached.");
      $("password").select();
      return;
    }
    dialog.close();
    await find(changed);
  });
  $("log-out").onclick = async () => {
    await logOut().catch(() => null);
    forget(changed);
  };
  for (const button of document.querySelectorAll("[data-close]")) button.onclick = () => button.closest("dialog").close();
  if (await renew().catch(() => false)) await find(changed);
}
