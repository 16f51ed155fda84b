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
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.seal || form.dataset.sealed) return;
    const amount = fen(form.elements.amount.value);
    if (amount === null) return; // the exchange says what is wrong with it
    event.preventDefault();
    const units = form.elements.quantity ? form.elements.quantity.value.trim() : "";
    if (units && !/^[1-9]\d?$/.test(units)) { form.dataset.seal = ""; form.requestSubmit(); return; } // the exchange says what is wrong
    const word = units ? `${amount}x${units}` : "";
    const salt = crypto.getRandomValues(new Uint8Array(32)), digits = new TextEncoder().encode(word || String(amount));
    const text = new Uint8Array(salt.length + digits.length);
    text.set(salt);
    text.set(digits, salt.length);
    const commitment = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", text)));
    save({ format: "sealed-bid/1", lot: form.dataset.seal, amount_fen: amount, salt: hex(salt), commitment, ...(word ? { word } : {}) });
    form.elements.commitment.value = commitment;
    form.elements.amount.removeAttribute("name");
    if (form.elements.quantity) form.elements.quantity.removeAttribute("name");
    form.action = form.dataset.sealTo;
    form.dataset.sealed = "1";
    form.submit();
  });
})();
