// Opens the modals that the server drew, gives them the focus and sends what people do in them.

import { onLook, post } from "./live.js";

const stamps = new WeakMap();
let opener = null;
let wereOpen = false;

const views = () => [...document.querySelectorAll("dialog.view")];

function fields(view, more = {}) {
  return new URLSearchParams([...new FormData(view.querySelector("form")), ...Object.entries(more)]);
}

function remember() {
  wereOpen = views().length > 0;
  if (!wereOpen) opener = document.activeElement;
}

function sync() {
  const stack = views();
  for (const view of stack) if (!view.open) view.showModal();
  const top = stack.at(-1);
  if (top) focusWhereItStarts(top);
  else if (wereOpen) {
    const back = opener?.isConnected && opener !== document.body ? opener : document.getElementById("composer");
    back?.focus({ preventScroll: true });
  }
}

// A form that was just drawn, or came back with errors, starts at its first field; a person who types is left alone.
function focusWhereItStarts(view) {
  const body = view.querySelector(".view-body");
  const { stamp } = body.dataset;
  const known = stamps.get(view);
  stamps.set(view, stamp);
  if (stamp === known) return;
  const typing = body.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  if (typing && !body.querySelector("[aria-invalid]")) return;
  const first = body.querySelector("[autofocus]") ?? body.querySelector("input, textarea, select, button, a") ?? body;
  const chosen = first.type === "radio" && body.querySelector(`[name='${CSS.escape(first.name)}']:checked`);
  (chosen || first).focus();
}

export function closeTop(which = "one") {
  const top = views().at(-1);
  if (top) post("close", { place: top.dataset.view, which });
  return Boolean(top);
}

export function fieldsAround(element) {
  const view = element.closest("dialog.view");
  return view ? [...fields(view)] : [];
}

// The page takes over what was chosen; the field itself is empty again, for more.
async function attach(field) {
  const { block, action } = field.dataset;
  const body = new FormData();
  for (const [name, value] of [...fieldsAround(field), ["place", placeOf(field)], ["block", block], ["action", action]]) {
    body.append(name, value);
  }
  for (const file of field.files) body.append("files", file, file.name);
  await post("attach", body);
  field.value = "";
}

const placeOf = (element) => element.closest("dialog.view").dataset.view;

export function watchModals() {
  onLook(remember, sync);
  document.addEventListener("change", ({ target }) => {
    if (target.matches("input[data-files]") && target.files.length) attach(target);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-submit]")) return;
    event.preventDefault();
    const view = event.target.closest("dialog");
    if (view.getAttribute("aria-busy") !== "true" && view.querySelector("[type=submit]")) {
      post("submit", fields(view, { place: view.dataset.view }));
    }
  });
  document.addEventListener("click", ({ target }) => {
    const close = target.closest("[data-close]");
    if (close) closeTop(close.dataset.close);
    const gone = target.closest("[data-detach]");
    if (gone) {
      const { block, action, detach } = gone.dataset;
      post("detach", [...fieldsAround(gone), ["place", placeOf(gone)], ["block", block], ["action", action], ["file", detach]]);
    }
  });
  document.addEventListener("input", ({ target }) => {
    const left = target.matches("[data-most]") && target.parentElement.querySelector("[data-left]");
    if (!left) return;
    const rest = Number(target.dataset.most) - target.value.length;
    left.textContent = rest < Math.max(20, target.dataset.most / 10) ? rest : "";
    left.classList.toggle("over", rest < 0);
  });
  sync();
}
