/* Behaviour of "For managers": its three views, files that are chosen or dropped, what people fill
   in, and the way between a row and the words of a draft. Like page.js it listens on the document;
   of content it writes only names of chosen files and how many rows were filled in. */
(() => {
  "use strict";

  const ours = window.peerSupport;
  const root = document.documentElement;
  const CHANNEL = "managers";
  const VIEWS = ["checklists", "draft", "readiness"];
  const place = () => document.getElementById("place-managers");
  const find = (selector) => place().querySelector(selector);
  const narrow = () => window.matchMedia("(max-width: 899px)").matches;
  const send = (event, data) => ours.send(event, data, CHANNEL);

  /* What people filled in and confirmed, by the id of the row: here and nowhere else. */
  const kept = { filled: {}, confirmed: {} };
  const unsaved = { filled: false, confirmed: false };
  const chosen = { draft: null, now: null, before: null };
  const tops = {};
  let view = null;
  let ready = false;
  let order = {};
  let opener = null;

  /* ---- the three views ---- */

  function show(where, push) {
    const next = VIEWS.includes(where.view) ? where.view : "front";
    const first = view === null && !push;
    if (view) tops[view] = window.scrollY;
    if (next !== view) putAway();
    view = next;
    root.dataset.managersView = next;
    if (next !== "front" && !ready) {
      ready = true;
      send("tick", {});
    }
    const heading = titled();
    if (!heading) return;
    window.scrollTo({ top: push ? 0 : tops[next] || 0, behavior: "instant" });
    if (!first) heading.focus({ preventScroll: true });
  }

  /* The heading of the view that is shown, which the title of the page begins with. On a first visit
     it may not be there yet. */
  function titled() {
    const heading = place() && find(`#managers-${view} h1`);
    if (heading && root.dataset.place === "managers")
      document.title = document.title.replace(/^.*? \| /, `${heading.textContent} | `);
    return heading;
  }

  ours.shows.managers = show;
  root.dataset.managersView = "front";

  function arrive(element) {
    if (!element) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start", behavior: "instant" });
  }

  /* ---- forms ---- */

  const fields = (form) => {
    const data = new FormData(form);
    const stages = data.getAll("stage").join(" ");
    data.delete("stage");
    return { ...Object.fromEntries(data), stages };
  };

  function say(form, words) {
    const line = form.querySelector(".form-said");
    if (line) line.textContent = words || "";
  }

  const submits = {
    checklist(form) {
      say(form, form.dataset.wait);
      order = fields(form);
      send("submit", order);
    },
    again(form) {
      send("retry", fields(form));
      focusStop();
    },
    async draft(form) {
      const pasted = form.querySelector("#draft-paste").value.trim();
      const file = chosen.draft || (pasted && new File([pasted], `${form.dataset.pasted}.txt`));
      if (!file) return missing(form, "#draft-input");
      const batch = await taken(form, file);
      if (!batch) return;
      forgetMarks();
      send("upload", { ...fields(form), batch });
      find("#draft-progress").scrollIntoView({ block: "nearest", behavior: "instant" });
      focusStop();
    },
    async readiness(form) {
      if (!chosen.now) return missing(form, "#file-now");
      const now = await taken(form, chosen.now);
      if (!now) return;
      const before = chosen.before ? await taken(form, chosen.before) : "";
      if (before === null) return;
      say(form, form.dataset.sending);
      send("select", { ...fields(form), now, before });
    },
  };

  function missing(form, field) {
    say(form, form.dataset.none);
    form.querySelector(field).focus();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-managers]");
    if (!form) return;
    event.preventDefault();
    if (!form.hasAttribute("aria-busy")) submits[form.dataset.managers](form);
  });

  const random = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  /* Sends one file; the name of its batch, or null where it could not be sent. */
  async function taken(form, file) {
    const batch = random();
    form.setAttribute("aria-busy", "true");
    say(form, form.dataset.sending);
    const query = new URLSearchParams({ batch, name: file.name });
    const reply = await fetch(`/drafts/upload?${query}`, {
      method: "PUT",
      headers: { "x-peer-support": "upload" },
      body: file,
    }).catch(() => null);
    form.removeAttribute("aria-busy");
    /* Too large or no room: the answer names it. Gone meanwhile: nobody else can. */
    say(form, reply ? "" : form.dataset.lost);
    return reply ? batch : null;
  }

  /* ---- choosing and dropping ---- */

  const INPUTS = { "draft-input": "draft", "file-now": "now", "file-before": "before" };

  function choose(input, file) {
    chosen[INPUTS[input.id]] = file || null;
    const line = input.closest(".drop, .one-file").querySelector(".chosen");
    line.textContent = file ? line.dataset.words.replace("[name]", file.name) : "";
    say(input.form, "");
  }

  document.addEventListener("change", (event) => {
    if (event.target.id in INPUTS) choose(event.target, event.target.files[0]);
  });

  const over = (event) => event.target.closest && event.target.closest("[data-draft-drop]");
  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");

  /* After the one of documents.js, which refuses what is dropped elsewhere. */
  document.addEventListener("dragover", (event) => {
    const drop = carries(event) && over(event);
    document.querySelectorAll("[data-draft-drop]").forEach((one) => one.toggleAttribute("data-over", one === drop));
    if (drop) event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("dragleave", (event) => {
    const drop = over(event);
    if (drop && !drop.contains(event.relatedTarget)) drop.removeAttribute("data-over");
  });
  document.addEventListener("drop", (event) => {
    const drop = carries(event) && over(event);
    if (!drop) return;
    event.preventDefault();
    drop.removeAttribute("data-over");
    choose(drop.querySelector("input"), event.dataTransfer.files[0]);
  });

  /* ---- filling in and confirming ---- */

  const KINDS = { fill: "filled", confirm: "confirmed" };
  const counts = (kind, row) => (kind === "confirmed" ? row.verdict : Object.values(row).some(Boolean));

  function keep(field) {
    const name = field.dataset.fill ? "fill" : "confirm";
    const kind = KINDS[name];
    const row = field.closest("[data-row]");
    const values = (kept[kind][row.dataset.row] = kept[kind][row.dataset.row] || {});
    values[field.dataset[name]] = field.value;
    if (!Object.values(values).some(Boolean)) delete kept[kind][row.dataset.row];
    unsaved[kind] = true;
    mark(row, kind);
    tell(kind);
  }

  function mark(row, kind) {
    const values = kept[kind][row.dataset.row];
    row.toggleAttribute("data-done", Boolean(values && counts(kind, values)));
  }

  /* How many rows there are with something filled in, and a bar as long as there is one. */
  function tell(kind) {
    const bar = find(`[data-bar="${kind}"]`);
    if (!bar) return;
    const n = Object.values(kept[kind]).filter((row) => counts(kind, row)).length;
    const line = bar.querySelector("[data-count]");
    const words = n === 1 ? line.dataset.one : line.dataset.many;
    line.textContent = n ? words.replace("[n]", n.toLocaleString("en-GB")) : line.dataset.none;
    bar.hidden = n === 0;
  }

  /* Puts back what was filled in, where rows are drawn anew. */
  function restore(kind, name) {
    place().querySelectorAll(`[data-${name}]`).forEach((field) => {
      const row = field.closest("[data-row]");
      const values = kept[kind][row.dataset.row] || {};
      field.value = values[field.dataset[name]] || "";
      if (field.value) {
        const fold = field.closest("details");
        if (fold) fold.open = true;
      }
      mark(row, kind);
    });
    tell(kind);
  }

  for (const kind of ["input", "change"])
    document.addEventListener(kind, (event) => {
      if (event.target.matches("[data-fill], [data-confirm]")) keep(event.target);
    });

  window.addEventListener("beforeunload", (event) => {
    const some = (kind) => unsaved[kind] && Object.keys(kept[kind]).length > 0;
    if (some("filled") || some("confirmed")) event.preventDefault();
  });

  /* ---- the words of a draft ---- */

  function forgetMarks() {
    kept.confirmed = {};
    unsaved.confirmed = false;
    opener = null;
  }

  function toWords(button) {
    opener = button;
    const parts = [...place().querySelectorAll(".draft-said")];
    const meant = parts.filter((part) => part.dataset.said.split(" ").includes(button.dataset.quoted));
    parts.forEach((part) => part.toggleAttribute("data-on", meant.includes(part)));
    place().querySelectorAll(".check-row[data-lit], .concern[data-lit]").forEach((row) => row.removeAttribute("data-lit"));
    button.closest(".check-row, .concern").setAttribute("data-lit", "");
    document.querySelectorAll("dialog.card[open]").forEach((card) => card.close());
    if (!meant.length) return;
    const back = find("[data-back-to-row]");
    back.hidden = false;
    if (narrow()) meant[0].scrollIntoView({ block: "center", behavior: "instant" });
    else {
      const pages = find(".draft-pages");
      const away = meant[0].getBoundingClientRect().top - pages.getBoundingClientRect().top;
      pages.scrollTop += away - pages.clientHeight / 3;
    }
    meant[0].focus({ preventScroll: true });
  }

  function toRow() {
    if (!opener || !opener.isConnected) return;
    find("[data-back-to-row]").hidden = true;
    opener.focus({ preventScroll: true });
    opener.scrollIntoView({ block: "center", behavior: "instant" });
  }

  /* The button is there once the first word of progress is; a focus that moved on is left alone. */
  function focusStop(tries = 40) {
    const stop = find("[data-stop-check]");
    const here = document.activeElement;
    if (stop.offsetWidth) {
      if (here === document.body || here.matches("[data-managers] button")) stop.focus({ preventScroll: true });
    } else if (tries) setTimeout(focusStop, 150, tries - 1);
  }

  /* ---- what is tapped ---- */

  const EVENTS = { checklist: "download", filled: "download", draft: "copy", readiness: "release" };
  let asked = null;

  function make(button) {
    const { make: what, form } = button.dataset;
    asked = button.closest(".take").querySelector(".take-said");
    asked.textContent = button.dataset.wait;
    const own = { checklist: kept.filled, filled: kept.filled, draft: kept.confirmed }[what] || {};
    const name = what === "draft" ? "confirmed" : "filled";
    send(EVENTS[what], { ...(what in { checklist: 1, filled: 1 } ? order : {}), form, [name]: JSON.stringify(own) });
    if (what === "filled") unsaved.filled = false;
    if (what === "draft") unsaved.confirmed = false;
  }

  Object.assign(ours.actions, {
    "[data-make]": make,
    "[data-jump]": (element) => arrive(document.getElementById(element.dataset.jump)),
    "[data-quoted]": toWords,
    "[data-back-to-row]": toRow,
    "[data-stop-check]": () => send("stop", {}),
    "[data-forget]": () => send("clear", {}),
    "[data-put]": (element) => element.closest(".slip").remove(),
    "[data-picture]": (element) => {
      const part = element.closest(".filled-in");
      const some = Object.values(kept.filled).some((row) => row.status);
      part.querySelector(".form-said").textContent = some ? "" : part.dataset.empty;
      if (some) send("apply", { ...order, filled: JSON.stringify(kept.filled) });
    },
  });

  /* ---- what the page calls ---- */

  /* At a desk the list of sources lies open beside the rows. */
  function unfold(selector) {
    if (narrow()) return;
    place().querySelectorAll(`${selector} .source-list:not([open])`).forEach((list) => (list.open = true));
  }

  const putAway = () => document.querySelectorAll(".slip").forEach((slip) => slip.remove());

  function quiet() {
    place().querySelectorAll("[data-managers]").forEach((form) => say(form, ""));
    putAway();
  }

  Object.assign(ours, {
    managersReady() {
      titled();
    },
    checklistShown() {
      quiet();
      restore("filled", "fill");
      unfold("#checklist-rows");
      arrive(find("#checklist-rows [data-shown], #checklist-rows [data-failure]"));
    },
    draftShown() {
      quiet();
      const told = find("#draft-progress [data-failure], #draft-progress .notice");
      if (told) {
        told.setAttribute("tabindex", "-1");
        return arrive(told);
      }
      restore("confirmed", "confirm");
      arrive(find("#draft-result [data-shown]"));
    },
    draftForgotten() {
      quiet();
      forgetMarks();
      chosen.draft = null;
      const form = find('[data-managers="draft"]');
      form.reset();
      form.querySelector(".chosen").textContent = "";
      const told = find("#draft-progress .notice");
      told.setAttribute("tabindex", "-1");
      arrive(told);
    },
    pictureShown() {
      quiet();
      if (view !== "readiness") {
        history.pushState(null, "", "?place=managers&view=readiness");
        show({ view: "readiness" }, true);
      }
      unfold("#readiness-picture");
      arrive(find("#readiness-picture [data-shown], #readiness-picture [data-failure]"));
    },
    managersMade() {
      if (asked) asked.textContent = "";
      asked = null;
      ours.downloaded();
    },
  });
})();
