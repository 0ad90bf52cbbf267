// Makes one part of the page look like a freshly drawn one while keeping whatever did not change, so that focus,
// typed text, scroll positions and open menus survive. Children are matched by `data-key` or `id`, else in order.

const CLIENTS_OWN = new Set(["open"]);

export function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName || keyOf(from) !== keyOf(to)) {
    from.replaceWith(to);
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if ("own" in from.dataset || from.isEqualNode(to)) return;
  morphAttributes(from, to);
  morphChildren(from, to);
}

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset?.key || node.id || "" : "";
}

function morphAttributes(from, to) {
  const kept = from.matches("details, dialog") ? CLIENTS_OWN : new Set();
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !kept.has(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
}

function morphChildren(from, to) {
  const keyed = new Map();
  for (const child of from.children) if (keyOf(child)) keyed.set(keyOf(child), child);
  const wanted = new Set([...to.children].map(keyOf));
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    // What is not wanted any more goes first, so that what stays need not be moved: moving loses the focus.
    while (at && keyOf(at) && !wanted.has(keyOf(at))) at = removed(at);
    const key = keyOf(next);
    const match = key ? keyed.get(key) : at && !keyOf(at) && at.nodeName === next.nodeName ? at : null;
    if (!match) {
      from.insertBefore(next, at);
    } else if (match === at) {
      at = at.nextSibling;
      morph(match, next);
    } else {
      from.insertBefore(match, at);
      morph(match, next);
    }
  }
  while (at) at = removed(at);
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}
