// Signing in with a token, and reading a page again and again while somebody looks at it.

import { Problem, getJson, request, token } from "/static/api.js";
import { follow } from "/static/events.js";
import { byId, say, show } from "/static/page.js";

const FAST = 2000;
const SLOW = 10_000;
// What the stream does not tell, as how long ago something was.
const TOLD = 60_000;
const SOON = 500;
// So many times as long as a reading takes pages wait for the next: a busy service is asked less.
const SPARING = 10;
const ROLES = ["viewer", "editor", "admin"];

/** Whether a token of this kind is good for what needs the role and the scope. */
export function may(me, role, scope) {
  const covers = ROLES.indexOf(me.role) >= ROLES.indexOf(role);
  return covers && (me.scopes === null || me.scopes.includes(scope));
}

/**
 * Sign in, then call `refresh(me)` now and again while the page is looked at; it returns whether more
 * is to be expected soon. Returns a function that reads the page again at once, and gives a promise of it.
 *
 * `hear({ event, data })`: of a page that follows the team's stream, called for each of its events. It
 * brings the page up to date, or returns true where that takes another reading, which comes soon and
 * for all events until then together. Such a page is read every few seconds only without the stream.
 */
export function run(refresh, { fast = FAST, slow = SLOW, hear = null } = {}) {
  let timer = null;
  let me = null;
  let reading = null;
  let again = false;
  let lively = true;
  let stopFollowing = null;
  let told = false;
  let begun = false;
  let due = null;
  let took = 0;

  /** Read the page; while that is under way, once more after it, so that no old answer comes last. */
  function turn() {
    again = true;
    reading ??= readings().finally(() => (reading = null));
    return reading;
  }

  async function readings() {
    clearTimeout(timer);
    while (again && token.read()) {
      again = false;
      await read();
    }
    byId("content").ariaBusy = "false";
    rest();
  }

  /** Leave the page as it is until there may be news. */
  function rest() {
    clearTimeout(timer);
    if (token.read() && !document.hidden) timer = setTimeout(turn, told ? TOLD : lively ? fast : slow);
  }

  function listen() {
    stopFollowing ??= follow("/api/v1/events", {
      // A stream says something as it begins; one that goes on may have nothing to say.
      onOpen: () => rely(begun),
      onLost: () => {
        rely(false);
        rest();
      },
      onEvent: (message) => {
        rely((begun = true));
        // An answer that is on its way may be from before what was just heard.
        if (message.event === "reset" || hear(message) || reading) soon();
      },
      lost: "There are no live updates for the moment; this page is read every few seconds instead.",
    });
  }

  function rely(on) {
    told = on;
    show(byId("live"), told);
  }

  function soon() {
    const wait = Math.max(SOON, SPARING * took) * (0.75 + Math.random() / 2);
    due ??= setTimeout(() => {
      due = null;
      turn();
    }, wait);
  }

  async function read() {
    try {
      if (!me) introduce((me = await getJson("/api/v1/me")));
      if (hear) listen();
      const began = performance.now();
      lively = await refresh(me);
      took = performance.now() - began;
      say("page", "");
    } catch (error) {
      if (!(error instanceof Problem)) {
        say("page", "This page met an error of its own. Reload it, and tell its makers if it comes back.");
        throw error;
      }
      if (error.status === 401) return;
      say("page", error.status === 0 ? `${error.message} Trying again …` : error.message);
      lively = error.passing;
    }
  }

  function start() {
    show(byId("sign-in"), false);
    show(byId("content"), true);
    turn();
  }

  function signIn(message) {
    clearTimeout(timer);
    stopFollowing?.();
    stopFollowing = null;
    begun = false;
    rely(false);
    token.forget();
    introduce(null);
    say("page", "");
    show(byId("content"), false);
    show(byId("sign-in"), true);
    complain(message);
    byId("token").focus();
  }

  async function submit(event) {
    event.preventDefault();
    const text = byId("token").value.trim();
    const before = me;
    try {
      me = await (await request("/api/v1/me", { bearer: text })).json();
    } catch (error) {
      complain(
        error.status === 401
          ? "This token is not good here: mistyped, expired or revoked. Copy it once more, or ask an " +
              "administrator for a new one."
          : error.message,
      );
      byId("token").select();
      return;
    }
    token.keep(text);
    // What one person has read is not another's to see.
    if (before && (before.name !== me.name || before.team !== me.team)) return location.reload();
    byId("token").value = "";
    complain("");
    introduce(me);
    start();
  }

  document.addEventListener("signedout", () => {
    signIn("Your token has expired or was revoked. Sign in with another one.");
  });
  const look = () => !document.hidden && token.read() && turn();
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  addEventListener("offline", look);
  byId("sign-out").addEventListener("click", () => {
    token.forget();
    location.reload();
  });
  byId("sign-in").querySelector("form").addEventListener("submit", submit);

  if (token.read()) start();
  else signIn("");
  return turn;
}

function introduce(me) {
  byId("who").textContent = me?.name ?? "Menu";
  byId("account").textContent = me ? `${me.name}, ${me.role} of team ${me.team}` : "";
  show(byId("account"), me !== null);
  show(byId("sign-out"), me !== null);
}

function complain(message) {
  byId("sign-in-error").textContent = message;
  show(byId("sign-in-error"), message !== "");
  byId("token").toggleAttribute("aria-invalid", message !== "");
}
