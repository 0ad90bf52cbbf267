// Keeps a conversation at its newest message while the reader is there, and tells the server what was read.

import { onLook, post } from "./live.js";

const NEAR = 60;
const READ_MAILS_AFTER = 4000;
const ends = new WeakMap();
const told = new Map();

const logs = () => document.querySelectorAll("[data-log]");
const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
const pill = (log) => log.parentElement.querySelector("[data-newer]");

export function stayAtEnd(place) {
  const log = document.querySelector(`[data-log="${CSS.escape(place)}"]`);
  if (log) ends.set(log, true);
}

function settle() {
  for (const log of logs()) {
    const isNew = !ends.has(log);
    if (isNew) begin(log);
    else if (ends.get(log)) log.scrollTop = log.scrollHeight;
    else if (log.dataset.newest !== told.get(log.dataset.log)) pill(log).hidden = false;
  }
  tellRead();
}

// A thread opens where its reader has not been yet, everything else at its end.
function begin(log) {
  const { log: place, start } = log.dataset;
  const message = document.getElementById(`reply-${start}`);
  if (start === place) log.scrollTop = 0;
  else log.scrollTop = message ? message.offsetTop - log.offsetTop - 8 : log.scrollHeight;
  ends.set(log, isAtEnd(log));
  resized.observe(log);
}

// A growing composer or a phone's keyboard must not hide the newest message.
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) if (ends.get(target)) target.scrollTop = target.scrollHeight;
});

function tellRead() {
  if (document.visibilityState !== "visible") return;
  const news = [...logs()]
    .map((log) => [log.dataset.log, log.dataset.newest])
    .filter(([place, newest]) => told.get(place) !== newest);
  if (news.length) {
    news.forEach(([place, newest]) => told.set(place, newest));
    post("read", news.flatMap(([place, newest]) => [["place", place], ["until", newest]]));
  }
  const mails = document.querySelector("[data-mails]")?.dataset.mails;
  if (mails && told.get("mailbox") !== mails) {
    told.set("mailbox", mails);
    // New mails stay marked for long enough to be noticed.
    setTimeout(() => post("read", { place: "mailbox", until: mails }), READ_MAILS_AFTER);
  }
}

export function watchLogs() {
  onLook(() => {}, settle);
  document.addEventListener("visibilitychange", tellRead);
  document.addEventListener(
    "scroll",
    ({ target }) => {
      if (!target.dataset?.log) return;
      ends.set(target, isAtEnd(target));
      if (isAtEnd(target)) pill(target).hidden = true;
    },
    true,
  );
  document.addEventListener("click", ({ target }) => {
    const log = target.closest("[data-newer]")?.parentElement.querySelector("[data-log]");
    if (log) log.scrollTop = log.scrollHeight;
  });
  settle();
  document.querySelector(":target")?.scrollIntoView({ block: "center" });
}
