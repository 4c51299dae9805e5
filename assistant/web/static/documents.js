/* Behaviour of "Your documents": choosing and sending files, forms, opening a place in a text.
   Like page.js it listens on the document, and writes only how many files were chosen. */
(() => {
  "use strict";

  const ours = window.peerSupport;
  let chosen = [];
  let sending = false;

  const form = () => document.querySelector("[data-add]");
  const size = (bytes) =>
    bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

  /* ---- choosing ---- */

  function choose(found) {
    chosen = found;
    const total = found.reduce((sum, one) => sum + one.file.size, 0);
    const words = found.length === 1 ? form().dataset.one : form().dataset.many;
    form().querySelector(".chosen").textContent = found.length
      ? words
          .replace("[n]", found.length.toLocaleString("en-GB"))
          .replace("[size]", size(total))
          .replace("[name]", found[0].path)
      : "";
    say("");
  }

  function say(words) {
    const line = form() && form().querySelector(".add-said");
    if (line) line.textContent = words;
  }

  /* A dropped folder is walked; its files keep the names of the folders that they lie in. */
  async function walk(entry, above, found) {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed)).catch(() => null);
      if (file) found.push({ file, path: above + file.name });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done) => reader.readEntries(done, () => done([])));
      if (!some.length) return;
      for (const one of some) await walk(one, `${above}${entry.name}/`, found);
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("#add-files, #add-folder")) {
      const files = [...event.target.files];
      choose(files.map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    }
  });

  const over = (event) => event.target.closest && event.target.closest("[data-drop]");
  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");

  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    const drop = over(event);
    event.dataTransfer.dropEffect = drop ? "copy" : "none";
    document.querySelectorAll("[data-drop]").forEach((one) => one.toggleAttribute("data-over", one === drop));
  });
  document.addEventListener("dragleave", (event) => {
    const drop = over(event);
    if (drop && !drop.contains(event.relatedTarget)) drop.removeAttribute("data-over");
  });
  document.addEventListener("drop", async (event) => {
    if (!carries(event)) return;
    /* A file that misses must not take the place of the page. */
    event.preventDefault();
    const drop = over(event);
    if (!drop) return;
    drop.removeAttribute("data-over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    const files = [...event.dataTransfer.files];
    const found = [];
    for (const entry of entries.filter(Boolean)) await walk(entry, "", found);
    choose(found.length ? found : files.map((file) => ({ file, path: file.name })));
  });

  /* ---- sending ---- */

  const random = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  async function add() {
    const here = form();
    const order = Object.fromEntries(new FormData(here));
    if (sending) return;
    if (!chosen.length) return fail(here.querySelector("#add-files"), here.dataset.none);
    if (order.collection === "+" && !order.name.trim()) return fail(here.querySelector("#add-name"), here.dataset.unnamed);
    sending = true;
    here.setAttribute("aria-busy", "true");
    const batch = random();
    let lost = 0;
    for (const [place, { file, path }] of chosen.entries()) {
      say(here.dataset.sending.replace("[n]", place + 1).replace("[all]", chosen.length));
      const query = new URLSearchParams({ batch, name: path });
      const reply = await fetch(`/documents/upload?${query}`, {
        method: "PUT",
        headers: { "x-peer-support": "upload" },
        body: file,
      }).catch(() => null);
      /* Too large or no room: the report names it. Gone meanwhile: nobody else can. */
      if (!reply) lost += 1;
    }
    sending = false;
    here.removeAttribute("aria-busy");
    if (lost === chosen.length) return fail(here.querySelector("#add-files"), here.dataset.lost);
    delete order.file;
    here.reset();
    choose([]);
    ours.send("upload", { ...order, batch });
    document.getElementById("documents-progress").scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  function fail(field, words) {
    say(words);
    field.focus();
  }

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-add]")) {
      event.preventDefault();
      add();
    }
    if (event.target.matches("[data-edit]")) {
      event.preventDefault();
      const fields = Object.fromEntries(new FormData(event.target));
      ours.send("edit", { ...fields, document: event.target.dataset.edit });
    }
  });

  /* ---- what is tapped ---- */

  Object.assign(ours.actions, {
    "[data-stop]": () => ours.send("stop", {}),
    "[data-choose]": (element) => {
      const { choose: choice, reportKey: report, row } = element.dataset;
      element.closest(".quick-row").querySelectorAll("button").forEach((button) => (button.disabled = true));
      ours.send("apply", { report, row, choice });
    },
    "[data-dialog]": (element) => ours.dialog(element, document.getElementById(element.dataset.dialog)),
    "[data-remove]": (element) => {
      element.closest("dialog").close();
      ours.send("delete", { document: element.dataset.remove });
    },
  });

  /* ---- what the page calls ---- */

  const focus = (element) => {
    if (!element) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest", behavior: "instant" });
  };

  Object.assign(ours, {
    placed() {
      if (document.documentElement.dataset.place === "documents") ours.settled();
    },
    reported() {
      focus(document.querySelector("[data-report]"));
    },
    edited() {
      const wrong = document.querySelector("#place-document [aria-invalid]");
      if (wrong) return focus(wrong);
      focus(document.querySelector("#place-document h1"));
    },
    removed() {
      ours.go("place:documents");
    },
  });
})();
