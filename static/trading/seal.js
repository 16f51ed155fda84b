/* Sealing a bid in the bidder's own browser: salt and hash are made here, the slip is saved here, the exchange gets the hash alone.
   Where the browser has no SubtleCrypto (an address without TLS), the form goes its plain way and the exchange makes the slip. */
"use strict";
(() => {
  if (!window.crypto || !crypto.subtle) return;
  const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  const fen = (text) => {
    const plain = text.replace(/[¥,，\s]/g, "");
    if (!/^\d{1,14}(\.\d{1,2})?$/.test(plain)) return null;
    const [whole, rest = ""] = plain.split(".");
    const value = Number(whole) * 100 + Number((rest + "00").slice(0, 2));
    return value > 0 && Number.isSafeInteger(value) ? value : null;
  };
  const save = (slip) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(slip, null, 1)], { type: "application/json" }));
    link.download = `sealed-bid-${slip.lot}-${slip.commitment.slice(0, 8)}.json`;
    document.body.append(link);
    link.click();
    link.remove();
  };
  /* What is sealed: of one object the amount; of several licences a word, "1200x3" or "A+B=900;C=500", written as the exchange reads it. */
  const units = (form, amount) => {
    const typed = form.elements.quantity ? form.elements.quantity.value.trim() : "";
    if (amount === null || (typed && !/^[1-9]\d?$/.test(typed))) return null;
    return { amount, word: typed ? `${amount}x${typed}` : "" };
  };
  const bundles = (text) => {
    const lines = text.toUpperCase().split("\n").filter((line) => line.trim());
    const said = lines.map((line) => {
      const [items, price = ""] = [line.slice(0, Math.max(0, line.indexOf("="))), line.slice(line.indexOf("=") + 1)];
      return { items: items.split("+").map((one) => one.trim()).sort(), amount: fen(price.trim()) };
    });
    if (!said.length || said.some((one) => one.amount === null || one.items.some((item) => !/^[A-Z]$/.test(item)))) return null;
    const word = said.map((one) => `${one.items.join("+")}=${one.amount}`).join(";");
    return { amount: Math.max(...said.map((one) => one.amount)), word };
  };
  const sealOf = async (salt, said) => {
    const digits = new TextEncoder().encode(said), text = new Uint8Array(salt.length + digits.length);
    text.set(salt);
    text.set(digits, salt.length);
    return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", text)));
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.seal || form.dataset.sealed) return;
    const bid = form.elements.bundles ? bundles(form.elements.bundles.value) : units(form, fen(form.elements.amount.value));
    if (bid === null) return; // the exchange says what is wrong with it
    event.preventDefault();
    const salt = crypto.getRandomValues(new Uint8Array(32));
    const commitment = await sealOf(salt, bid.word || String(bid.amount));
    save({ format: "sealed-bid/1", lot: form.dataset.seal, amount_fen: bid.amount, salt: hex(salt), commitment,
      ...(bid.word ? { word: bid.word } : {}) });
    form.elements.commitment.value = commitment;
    for (const name of ["amount", "quantity", "bundles"]) if (form.elements[name]) form.elements[name].removeAttribute("name");
    form.action = form.dataset.sealTo;
    form.dataset.sealed = "1";
    form.submit();
  });

  /* Checking a slip against the seal that stands: the file is read here and sent nowhere. */
  const bytes = (text) => Uint8Array.from(text.match(/../g) || [], (two) => parseInt(two, 16));
  for (const box of document.querySelectorAll("[data-check-slip]")) box.hidden = false;
  document.addEventListener("change", async (event) => {
    const field = event.target, box = field.closest && field.closest("[data-check-slip]");
    if (!box || !field.files || !field.files[0]) return;
    const told = box.querySelector("[role=status]");
    let fits = false;
    try {
      const slip = JSON.parse(await field.files[0].text());
      const known = /^[0-9a-f]{64}$/.test(slip.salt) && slip.lot === box.dataset.lot;
      fits = known && (await sealOf(bytes(slip.salt), slip.word || String(slip.amount_fen))) === box.dataset.checkSlip;
    } catch { fits = false; }
    told.textContent = fits ? box.dataset.fits : box.dataset.fitsNot;
  });
})();
