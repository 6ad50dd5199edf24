"use strict";
// Puts what is new into the page and leaves the rest alone: what is open, chosen or scrolled stays so.
function renew(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeName !== now.nodeName) return old.replaceWith(now);
  if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = now.nodeValue; return; }
  for (const { name } of [...old.attributes]) if (name !== "open" && !now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const atEnd = old.scrollTop + old.clientHeight >= old.scrollHeight - 2;
  let next = old.firstChild;
  for (const child of [...now.childNodes]) {
    const named = child.id && [...old.children].find((other) => other.id === child.id);
    const same = named || (next && !child.id && !next.id ? next : null);
    if (!same) { old.insertBefore(child, next); continue; }
    if (same === next) next = next.nextSibling; else old.insertBefore(same, next);
    renew(same, child);
  }
  while (next) { const gone = next; next = next.nextSibling; gone.remove(); }
  if (old.nodeName === "PRE" && atEnd) old.scrollTop = old.scrollHeight;
}

// Not all browsers open what a link leads to.
function show() {
  const aim = location.hash && document.getElementById(location.hash.slice(1));
  const around = aim && aim.closest("details");
  if (around) { around.open = true; around.scrollIntoView({ block: "nearest" }); }
}

async function follow() {
  let seen = "";
  for (;;) {
    const reply = await fetch("?after=" + seen, { cache: "no-store" });
    seen = reply.headers.get("etag");
    const now = new DOMParser().parseFromString(await reply.text(), "text/html");
    document.title = now.title;
    renew(document.querySelector("main"), now.querySelector("main"));
  }
}

addEventListener("hashchange", show);
document.addEventListener("click", (event) => { if (event.target.closest("a[href^='#']")) setTimeout(show); });
follow().catch(() => {
  document.getElementById("ended").textContent =
    "cargo xtask has ended: this is what it last told. `cargo xtask report --open` has the report.";
});
