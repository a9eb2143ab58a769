// Requests to the API: the access token is kept in memory, the refresh token in a cookie that no script can read.
const COOKIE_HINT = "logged-in"; // that asking for a token is worth a request; no secret

let access = null;
let renewal = null;

const send = (method, path, body, token) =>
  fetch(path, {
    method,
    headers: {
      Accept: "application/json",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

// An answer, read: { status, headers, data, milliseconds }. Throws TypeError where the server cannot be reached.
export async function call(method, path, body) {
  const begun = performance.now();
  let response = await send(method, path, body, access);
  if (response.status === 401 && access && (await renew())) response = await send(method, path, body, access);
  const text = await response.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    data = text;
  }
  return { status: response.status, headers: response.headers, data, milliseconds: performance.now() - begun };
}

export async function logIn(username, password) {
  const answer = await call("POST", "/api/token/", { username, password });
  if (answer.status === 200) keep(answer.data.access);
  return answer;
}

export async function logOut() {
  await call("POST", "/api/token/logout/", {});
  keep(null);
}

// A new access token for the cookie. Tabs take turns: a refresh token is good for one use.
export function renew() {
  if (!localStorage.getItem(COOKIE_HINT)) return Promise.resolve(false);
  const turn = () => send("POST", "/api/token/refresh/", {}, null);
  renewal ??= (navigator.locks ? navigator.locks.request("refresh", turn) : turn())
    .then(async (response) => {
      keep(response.ok ? (await response.json()).access : null);
      return response.ok;
    })
    .finally(() => (renewal = null));
  return renewal;
}

function keep(token) {
  access = token;
  if (token) localStorage.setItem(COOKIE_HINT, "1");
  else localStorage.removeItem(COOKIE_HINT);
}

// What an error envelope says, and what it says of each field.
export function problem(answer) {
  const error = answer.data?.error ?? { message: `The server answered ${answer.status}.`, details: null };
  const details = error.details && typeof error.details === "object" ? error.details : {};
  const wait = answer.headers.get("Retry-After");
  return {
    message: answer.status === 429 ? `Too many attempts. Try again in ${wait} seconds.` : error.message,
    fields: Object.entries(details).filter(([, texts]) => Array.isArray(texts)),
    details,
  };
}
