/* An experiment while it runs: each word on its feed moves the bar at once and fetches counters and charts; without the feed the page
   asks every five seconds. The page is complete without this script: it then reloads by itself. */
"use strict";
(() => {
  const lab = document.querySelector("[data-experiment]");
  if (!lab) return;
  const english = document.documentElement.lang === "en";
  let alive = false, asking = false, again = false, pause = 1000, kept = -1, status = lab.dataset.status;

  const state = () => {
    const node = lab.querySelector("[data-live-state]");
    node.hidden = false;
    node.classList.toggle("lost", !alive);
    node.textContent = alive ? (english ? "Live" : "实时") : (english ? "No feed, asking every 5 seconds" : "未连上实时通道，每 5 秒更新");
  };
  const swap = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live=part]");
    const old = lab.querySelector("[data-live=part]");
    if (!fresh) return;
    const held = old.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    old.replaceWith(fresh);
    if (held) for (const node of fresh.querySelectorAll("[tabindex]")) if (node.getAttribute("aria-label") === held) node.focus({ preventScroll: true });
  };
  const refresh = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(lab.dataset.part, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" });
      if (answer.status === 204) { location.reload(); return; }
      if (answer.ok) swap(await answer.text());
    } catch { alive = false; state(); }
    setTimeout(() => { asking = false; if (again) { again = false; refresh(); } }, 400);
  };
  const open = () => {
    const address = lab.dataset.liveAddress.startsWith("ws") ? lab.dataset.liveAddress
      : `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${lab.dataset.liveAddress}`;
    let socket;
    try { socket = new WebSocket(address); } catch { return; }
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.status === undefined) return;
      alive = true;
      pause = 1000;
      if (message.status !== status) { status = message.status; location.reload(); return; }  // other acts are open now
      const bar = lab.querySelector("progress");
      if (bar) bar.value = message.kept;
      if (message.type === "progress" || message.kept !== kept) refresh();
      kept = message.kept;
      state();
    };
    socket.onclose = () => { alive = false; state(); setTimeout(open, pause); pause = Math.min(pause * 2, 15000); };
  };
  open();
  setInterval(() => { if (!alive) { state(); refresh(); } }, 5000);
})();
