/* The auction room, live: a tick on the feed (or every five seconds without it) fetches the part of the page that changes.
   The page is complete without this script. What somebody is typing is never replaced. */
"use strict";
(() => {
  const room = document.querySelector("[data-room]");
  if (!room) return;
  const english = document.documentElement.lang === "en";
  let seq = Number(room.dataset.seq), socket = null, alive = false, asking = false, again = false, pause = 1000;
  const say = (text, lost) => {
    const node = room.querySelector("[data-live-state]");
    if (!node) return;
    node.classList.toggle("lost", Boolean(lost));
    node.textContent = text;
  };
  const state = () => alive
    ? say(english ? `Live, no. ${seq}` : `实时，序号 ${seq}`)
    : say(english ? `Stopped at ${seq}, polling` : `停在 ${seq}，每 5 秒更新`, true);

  const field = () => room.querySelector("#maximum");
  /* Cut off from the exchange: say so, and send nothing that might be taken for a bid. */
  let cut = false;
  const offline = (now) => {
    cut = now;
    const bar = document.querySelector("[data-offline]");
    if (bar) bar.hidden = !now;
    const button = room.querySelector("[data-bid-label]");
    if (!button) return;
    if (now) { button.setAttribute("aria-disabled", "true"); button.textContent = button.dataset.offLabel; }
    else if (button.hasAttribute("aria-disabled")) { button.removeAttribute("aria-disabled"); label(); }
  };
  room.addEventListener("submit", (event) => { if (cut) event.preventDefault(); });
  const label = () => {
    const button = room.querySelector("[data-bid-label]");
    if (button && field() && !cut) button.textContent = button.dataset.bidLabel + field().value.replace(/^¥\s*/, "");
  };
  /* Alerts when it is the reader's turn (outbid, a bid to open, the best bid): off until asked for, remembered in this browser. */
  const wants = (name) => { try { return localStorage.getItem(`dx-alert-${name}`) === "on"; } catch { return false; } };
  const turn = () => !room.querySelector("[data-live=form]") ? "" : (room.querySelector("aside.bid")?.className.match(/\b(lost|to_open|best)\b/) || [""])[0];
  const title = document.title;
  let stood = turn(), flashing = 0;
  const beep = () => {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) return;
    const audio = new Context(), tone = audio.createOscillator(), gain = audio.createGain();
    tone.frequency.value = 660;
    gain.gain.setValueAtTime(0.12, audio.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
    tone.connect(gain).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.36);
    tone.onended = () => audio.close();
  };
  const calm = () => { clearInterval(flashing); flashing = 0; document.title = title; };
  const flash = () => {
    const text = english ? "Your turn" : "轮到您了";
    clearInterval(flashing);
    document.title = `${text} · ${title}`;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let shown = true;
    flashing = setInterval(() => { shown = !shown; document.title = shown ? `${text} · ${title}` : title; }, 1200);
  };
  const alertTurn = () => {
    const now = turn();
    if (now && now !== stood) {
      if (wants("sound")) try { beep(); } catch { /* a browser that will not sound is silent */ }
      if (wants("flash")) flash();
    } else if (!now) calm();
    stood = now;
  };
  const alerts = document.querySelector("[data-alerts]");
  if (alerts) {
    alerts.hidden = false;
    for (const box of alerts.querySelectorAll("[data-alert]")) {
      box.checked = wants(box.dataset.alert);
      box.addEventListener("change", () => {
        try { localStorage.setItem(`dx-alert-${box.dataset.alert}`, box.checked ? "on" : "off"); } catch { /* not remembered, then */ }
        if (box.checked && box.dataset.alert === "sound") beep();
        if (!box.checked) calm();
      });
    }
  }
  for (const kind of ["focus", "click", "keydown"]) window.addEventListener(kind, () => { if (flashing || document.title !== title) calm(); });
  /* B goes to the field, or to the button where there is none; never while something is being typed. */
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "b" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest && event.target.closest("input, textarea, select")) return;
    const goal = field() || room.querySelector("aside form button");
    if (goal) { event.preventDefault(); goal.focus(); }
  });

  const typing = () => field() && (document.activeElement === field() || field().value !== field().defaultValue);

  const swap = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const head = fresh.querySelector("[data-live=head]");
    if (!head) return;
    const form = Boolean(room.querySelector("[data-live=form]")), coming = Boolean(fresh.querySelector("[data-live=form]"));
    const held = typing() ? field().value : null;
    const focused = held !== null && document.activeElement === field();
    if (form !== coming || fresh.querySelector("aside").className !== room.querySelector("aside").className) {
      room.replaceChildren(...fresh.body.childNodes);
    } else {
      for (const part of ["head", "chart", "history", "panel"]) {
        const old = room.querySelector(`[data-live=${part}]`), now = fresh.querySelector(`[data-live=${part}]`);
        if (old && now) old.replaceWith(now);
      }
      if (form && held === null) room.querySelector("[data-live=form]").replaceWith(fresh.querySelector("[data-live=form]"));
    }
    if (held !== null && field()) { field().value = held; if (focused) field().focus(); }
    seq = Number(head.dataset.seq);
    document.dispatchEvent(new CustomEvent("dx:clock", { detail: Number(head.dataset.now) }));
    label();
    state();
    alertTurn();
  };
  const refresh = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(room.dataset.part, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" });
      if (answer.ok) { swap(await answer.text()); offline(false); }
    } catch { alive = false; state(); offline(true); }
    asking = false;
    if (again) { again = false; setTimeout(refresh, 150); }
  };

  const open = () => {
    const address = room.dataset.liveAddress.startsWith("ws") ? room.dataset.liveAddress
      : `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${room.dataset.liveAddress}`;
    try { socket = new WebSocket(address); } catch { return; }
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      alive = message.type !== "interrupted";
      pause = 1000;
      if (message.server_now) document.dispatchEvent(new CustomEvent("dx:clock", { detail: Date.parse(message.server_now) }));
      if (message.type === "tick" || message.seq !== seq) refresh();
      state();
    };
    socket.onclose = () => { alive = false; state(); setTimeout(open, pause); pause = Math.min(pause * 2, 15000); };
  };
  open();
  state();
  setInterval(() => { if (!alive) refresh(); }, 5000);
  document.addEventListener("dx:over", () => setTimeout(refresh, 1200));
  room.addEventListener("input", (event) => { if (event.target === field()) label(); });
  room.addEventListener("click", (event) => {
    const step = event.target.closest("[data-raise]");
    if (!step || !field()) return;
    event.preventDefault();
    field().value = step.dataset.raise.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    for (const one of room.querySelectorAll("[data-raise]")) one.classList.toggle("on", one === step);
    label();
  });
})();
