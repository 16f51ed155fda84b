/* The house's small script: clocks, countdowns, the search key, copy buttons, htmx glue. Every page is complete without it.
   Time is the market's: each page says what the server's clock showed, and performance.now() carries it on. */
"use strict";
(() => {
  const root = document.documentElement;
  const english = root.lang === "en";
  const clock = document.querySelector("[data-clock]");
  let anchor = clock ? Number(clock.dataset.clock) : Date.now();
  let since = performance.now();
  const now = () => anchor + (performance.now() - since);
  const two = (n) => String(n).padStart(2, "0");

  /* Rooms correct the clock from live messages: document.dispatchEvent(new CustomEvent("dx:clock", {detail: ms})) */
  document.addEventListener("dx:clock", (event) => { anchor = Number(event.detail); since = performance.now(); });
  window.dx = { now };

  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const written = (ms) => {
    const d = new Date(ms + 8 * 3600e3);
    const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
    if (english) return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}, ${time}`;
    return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${time}`;
  };
  const left = (ms) => {
    const s = Math.max(0, Math.ceil(ms / 1000));
    return [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60].map(two);
  };

  const tick = () => {
    const t = now();
    if (clock) (clock.querySelector("time") || clock).textContent = written(t);
    for (const node of document.querySelectorAll("[data-countdown]")) {
      const rest = Number(node.dataset.countdown) - t;
      const [h, m, s] = left(rest);
      const figures = node.querySelectorAll("b");
      if (figures.length === 3) { figures[0].textContent = h; figures[1].textContent = m; figures[2].textContent = s; }
      else node.textContent = `${h}:${m}:${s}`;
      node.classList.toggle("soon", rest > 0 && rest < 1800e3);
      if (rest <= 0 && !node.dataset.over) { node.dataset.over = "1"; node.dispatchEvent(new CustomEvent("dx:over", { bubbles: true })); }
    }
    for (const bar of document.querySelectorAll("[data-fuse]")) {
      const [from, to] = bar.dataset.fuse.split(" ").map(Number);
      bar.setAttribute("width", String(Math.max(0, Math.min(100, 100 * (to - t) / (to - from))).toFixed(1)));
      bar.classList.toggle("soon", to - t < 1800e3);
    }
  };
  tick();
  setInterval(tick, 1000);

  /* "/" goes to the search field */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-find]");
    if (field && field.offsetParent) { event.preventDefault(); field.focus(); }
  });

  /* menus close on Escape and on a press elsewhere */
  const close = (except) => {
    for (const menu of document.querySelectorAll("details.dx-menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.dx-menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.dx-menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  /* the groups of the rail stay as this person left them, on this device */
  const kept = (name, value) => {
    try { return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value); } catch { return null; }
  };
  for (const wing of document.querySelectorAll("details[data-wing]")) {
    const name = `dx-wing-${wing.dataset.wing}`;
    if (kept(name) && !wing.querySelector("[aria-current]")) wing.open = kept(name) === "open";
    wing.querySelector("summary").addEventListener("click", () => kept(name, wing.open ? "shut" : "open"));
  }

  /* copy buttons: <button data-copy="text"> or data-copy-from="#id" */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button || !navigator.clipboard) return;
    const from = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    await navigator.clipboard.writeText(from ? from.textContent.trim() : button.dataset.copy);
    const words = button.textContent;
    button.textContent = english ? "Copied" : "已复制";
    setTimeout(() => { button.textContent = words; }, 2000);
  });

  /* A form that saves itself (data-autosave) has saved before any form of its page is sent: what was typed a moment ago goes along, and a
     save still on its way does not make the next one look stale. Where that save is refused, the page stays and says why. */
  const saver = document.querySelector("form[data-autosave]");
  if (saver) {
    let changed = false, refused = false, leaving = false, waits = null;
    const flying = () => saver.classList.contains("htmx-request");
    const send = (form, button) => { leaving = true; form.requestSubmit(button); leaving = form.checkValidity(); };
    const onward = () => {
      if (!waits || flying()) return;
      const { form, button } = waits;
      if (form !== saver && changed) { saver.dispatchEvent(new CustomEvent("save")); return; }
      waits = null;
      if (form !== saver && refused && !form.hasAttribute("data-regardless")) {
        const saved = document.getElementById("saved");
        changed = true;  // the next press tries the save again
        saved.tabIndex = -1;
        saved.focus();
      } else send(form, button);
    };
    saver.addEventListener("change", () => { changed = true; });
    saver.addEventListener("htmx:beforeRequest", (event) => { if (leaving) event.preventDefault(); else changed = false; });
    saver.addEventListener("htmx:afterRequest", (event) => { refused = event.detail.xhr.status === 0 || event.detail.xhr.status >= 400; setTimeout(onward); });
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (leaving || form.method === "get") return;
      if (form === saver ? !flying() : !flying() && !changed && !refused) { leaving = true; return; }
      event.preventDefault();
      event.stopImmediatePropagation();
      const idle = !waits;
      waits = { form, button: event.submitter };
      if (idle) onward();
    }, true);
    window.addEventListener("pageshow", () => { leaving = false; });
  }

  /* one press sends a form once; the button says so and comes back if the answer is a swap */
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented || event.target.method === "get") return;
    if (button.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    button.setAttribute("aria-busy", "true");
    setTimeout(() => button.removeAttribute("aria-busy"), 8000);
  });
  window.addEventListener("pageshow", () => {
    for (const busy of document.querySelectorAll("button[aria-busy]")) busy.removeAttribute("aria-busy");
  });

  /* htmx carries the token of the page and swaps refusals (4xx) too: they are answers */
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([400, 403, 404, 409, 422].includes(event.detail.xhr.status)) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  for (const field of document.querySelectorAll("select[data-autosubmit]")) field.addEventListener("change", () => field.form.requestSubmit());
})();
