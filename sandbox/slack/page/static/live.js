// Keeps the page up to date: the server says that something changed, the page fetches itself anew and takes over
// what is different. Also sends what the person does.

import { morph } from "./morph.js";

const me = document.body.dataset.me;
const beforeLook = [];
const afterLook = [];
let looking = null;
let again = false;

export function onLook(before, after) {
  beforeLook.push(before);
  afterLook.push(after);
}

// At most one fetch is under way; changes that arrive meanwhile lead to one more, and whoever asked waits for it.
export function look() {
  again = true;
  looking ??= lookUntilSettled();
  return looking;
}

async function lookUntilSettled() {
  try {
    while (again) {
      again = false;
      await takeOver();
    }
  } catch {
    connection(false);
  } finally {
    looking = null;
  }
}

async function takeOver() {
  const address = location.href;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) {
    // What the address names is gone, such as a thread whose message was deleted.
    if (answer.status === 404 && location.pathname !== "/") location.assign(`/?as=${encodeURIComponent(me)}`);
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (address !== location.href) {
    again = true;
    return;
  }
  const focused = document.activeElement;
  const nearest = focused?.closest("[id]:not(body)")?.id;
  const around = focused?.closest("article")?.id;
  beforeLook.forEach((hook) => hook());
  document.title = fresh.title;
  morph(document.body, fresh.body);
  afterLook.forEach((hook) => hook());
  if (document.activeElement === document.body && focused !== document.body) {
    (document.getElementById(nearest) ?? document.getElementById(around))?.focus({ preventScroll: true });
  }
}

export async function post(verb, fields) {
  try {
    const answer = await fetch(`/page/${verb}?as=${encodeURIComponent(me)}`, {
      method: "POST",
      body: fields instanceof FormData ? fields : new URLSearchParams(fields),
    });
    if (!answer.ok && answer.status !== 410) toast(await answer.text());
    if (verb !== "read") look();
    return answer;
  } catch {
    toast("The sandbox doesn’t answer. Is it still running?");
    return null;
  }
}

export function toast(words) {
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = words;
  document.querySelector("[data-toasts]").append(note);
  setTimeout(() => note.remove(), 6000);
}

function connection(up) {
  document.querySelector("[data-connection]").hidden = up;
}

export function listen() {
  const stream = new EventSource(`/page/live?as=${encodeURIComponent(me)}`);
  stream.onmessage = () => {
    connection(true);
    look();
  };
  stream.onerror = () => connection(false);
  // “5 minutes ago” grows old by itself.
  setInterval(() => document.visibilityState === "visible" && look(), 60_000);
}
