// Keeps a conversation at its newest message while the reader is there, and tells the server what was read.

import { onLook, post } from "./live.js";

const NEAR = 60;
const READ_MAILS_AFTER = 4000;
const ends = new WeakMap();
const tops = new WeakMap();
const told = new Map();

const logs = () => document.querySelectorAll("[data-log]");
const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
const pill = (log) => log.parentElement.querySelector("[data-newer]");

export function stayAtEnd(place) {
  const log = document.querySelector(`[data-log="${CSS.escape(place)}"]`);
  if (log) ends.set(log, true);
}

// A reader who has scrolled up since the page was last drawn stays there, though the event of it is yet to come.
function notice() {
  for (const log of logs()) if (log.scrollTop < tops.get(log) && !isAtEnd(log)) ends.set(log, false);
}

function settle() {
  for (const log of logs()) {
    const isNew = !ends.has(log);
    if (isNew) begin(log);
    else if (ends.get(log)) toEnd(log);
    else if (log.dataset.newest !== told.get(log.dataset.log)) pill(log).hidden = false;
  }
  tellRead();
}

function toEnd(log) {
  log.scrollTop = log.scrollHeight;
  tops.set(log, log.scrollTop);
}

// A thread opens where its reader has not been yet, everything else at its end.
function begin(log) {
  const { log: place, start } = log.dataset;
  const message = document.getElementById(`reply-${start}`);
  if (start === place) log.scrollTop = 0;
  else log.scrollTop = message ? message.offsetTop - log.offsetTop - 8 : log.scrollHeight;
  remember(log);
  resized.observe(log);
}

function remember(log) {
  ends.set(log, isAtEnd(log));
  tops.set(log, log.scrollTop);
}

// A growing composer or a phone's keyboard must not hide the newest message.
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) if (ends.get(target)) toEnd(target);
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
  onLook(notice, settle);
  document.addEventListener("visibilitychange", tellRead);
  document.addEventListener(
    "scroll",
    ({ target }) => {
      if (!target.dataset?.log) return;
      remember(target);
      if (isAtEnd(target)) pill(target).hidden = true;
    },
    true,
  );
  document.addEventListener("click", ({ target }) => {
    const log = target.closest("[data-newer]")?.parentElement.querySelector("[data-log]");
    if (log) toEnd(log);
  });
  settle();
  document.querySelector(":target")?.scrollIntoView({ block: "center" });
}
