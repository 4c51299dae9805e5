/* What this browser keeps of earlier conversations, in its own store (IndexedDB), and nowhere else.
   Like page.js it writes no content: lists and messages come from the server, which is told only
   titles and days, and keeps nothing. Nothing is stored, not even an empty store, until somebody
   has switched it on. */
(() => {
  "use strict";

  const ours = window.peerSupport;
  const root = document.documentElement;
  /* Two people who share a browser and sign in one after the other each have a store. */
  const NAME = ["peer-support-history", document.documentElement.dataset.person].filter(Boolean).join("-");
  const VERSION = 1;
  const STORES = ["list", "answers"];
  const MOST_LISTED = 200;
  const MOST_ANSWERS = 60;
  const MOST_CHARACTERS = 300000;
  const LONGEST_TITLE = 120;
  const WAIT = 10000;

  const find = (what) => document.querySelector(what);
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const random = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const two = (number) => String(number).padStart(2, "0");
  const day = (at = new Date()) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const minute = (at = new Date()) => `${day(at)}T${two(at.getHours())}:${two(at.getMinutes())}`;
  const same = (one, other) => one.length === other.length && one.every((text, at) => text === other[at]);

  /* ---- the switch: all tabs see it at once, so that none writes after it is off ---- */

  function on() {
    try {
      return localStorage.getItem(NAME) === "on";
    } catch {
      return false;
    }
  }

  function turn(value) {
    if (value) localStorage.setItem(NAME, "on");
    else localStorage.removeItem(NAME);
  }

  /* ---- the store: opened for one piece of work, then closed, so that it can be deleted ---- */

  const settled = (request) =>
    new Promise((done, failed) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });

  /* Null where there is no store and none may be made. */
  function open(make) {
    return new Promise((done, failed) => {
      const request = indexedDB.open(NAME, VERSION);
      let absent = false;
      request.onupgradeneeded = (event) => {
        absent = event.oldVersion === 0 && !make;
        if (absent) return request.transaction.abort();
        for (const name of STORES) {
          if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, { keyPath: "id" });
        }
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        done(request.result);
      };
      request.onerror = (event) => {
        event.preventDefault();
        if (absent) done(null);
        else failed(request.error);
      };
    });
  }

  /* One transaction: all of it is written, or nothing. `make` says that it is for keeping more. */
  async function work(mode, act, make = false) {
    const base = await open(make);
    if (!base) return null;
    try {
      /* Switched off in another tab while this waited. */
      if (make && !on()) return null;
      const transaction = base.transaction(STORES, mode);
      const over = new Promise((done, failed) => {
        transaction.oncomplete = done;
        transaction.onabort = () => failed(transaction.error || new Error("aborted"));
        transaction.onerror = (event) => event.preventDefault();
      });
      over.catch(() => {});
      const result = await act(transaction.objectStore("list"), transaction.objectStore("answers"));
      await over;
      return result;
    } finally {
      base.close();
    }
  }

  function wipe() {
    return new Promise((done, failed) => {
      const request = indexedDB.deleteDatabase(NAME);
      request.onsuccess = () => done();
      request.onerror = () => failed(request.error);
      setTimeout(() => failed(new Error("blocked")), WAIT);
    });
  }

  /* Pieces of work follow each other, in the order that they were asked for. */
  let line = Promise.resolve();
  const inLine = (piece) => (line = line.then(piece, piece));

  /* ---- keeping what is shown ---- */

  const conversation = () => document.getElementById("conversation");
  const turns = () => all("#conversation .turn");
  const forgotten = new Set();
  const told = new Set();
  let current = null;

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  /* The records of the answers on the screen. Where somebody was in danger there is none to keep. */
  function shown() {
    const found = [];
    for (const turn of turns()) {
      if (turn.dataset.outcome === "signposted") continue;
      const link = turn.querySelector('a[data-record], a[download="answer.json"]');
      const packed = link && link.getAttribute("href").split(";base64,")[1];
      if (!packed) continue;
      const text = new TextDecoder().decode(Uint8Array.from(atob(packed), (byte) => byte.charCodeAt(0)));
      const record = parsed(text);
      if (!record || record.outcome === "signposted" || record.risk_subject === "own") continue;
      found.push(text);
    }
    return found;
  }

  function sync() {
    if (!turns().length) current = null;
    const banner = conversation() && conversation().querySelector("[data-reopened]");
    /* What was just put back is kept already. Where some of it could not be read, what follows is
       kept beside it, so that nothing is written over. */
    if (banner && (!current || current.key !== banner.dataset.key)) {
      const whole = banner.dataset.leftOut === "0";
      current = {
        key: banner.dataset.key,
        id: whole ? banner.dataset.reopened : null,
        rev: whole ? banner.dataset.rev : null,
        texts: shown(),
      };
      return;
    }
    if (!on() || !turns().length) return;
    current = current || { key: null, id: null, rev: null, texts: [] };
    const [mine, texts] = [current, shown()];
    if (!same(texts, mine.texts)) inLine(() => keep(mine, texts)).catch(trouble);
  }

  /* `mine` is the conversation that these answers are of; it learns here where it is kept. */
  async function keep(mine, texts) {
    if (same(texts, mine.texts)) return;
    const wanted = texts.filter((text) => !forgotten.has(text));
    const small = wanted.filter((text) => text.length <= MOST_CHARACTERS).slice(-MOST_ANSWERS);
    if (small.length < wanted.length) tell("large");
    const rev = random();
    const id = await work(
      "readwrite",
      async (list, answers) => {
        const before = mine.id ? await settled(list.get(mine.id)) : null;
        /* Deleted in another tab: what was deleted stays so. */
        if (mine.id && !before) mine.texts.forEach((text) => forgotten.add(text));
        const records = small.filter((text) => !forgotten.has(text));
        /* Gone on with in another tab: this one becomes a conversation of its own. */
        const own = before && before.rev === mine.rev;
        if (!records.length) {
          if (own) await Promise.all([settled(list.delete(mine.id)), settled(answers.delete(mine.id))]);
          return null;
        }
        const entry = entryOf(records, own ? before : null, own ? mine.id : random(), rev);
        await Promise.all([settled(list.put(entry)), settled(answers.put({ id: entry.id, records }))]);
        return entry.id;
      },
      true
    );
    if (!on()) return;
    Object.assign(mine, { id, rev: id && rev, texts });
    told.delete("full");
    if (root.dataset.place === "history") relist();
    else mark();
  }

  function entryOf(records, before, id, rev) {
    const read = records.map(parsed);
    const named = before && before.named;
    return {
      id,
      rev,
      version: VERSION,
      named: Boolean(named),
      title: named ? before.title : titled(read[0].question),
      when: minute(),
      changed: Date.now(),
      count: records.length,
      words: folded(read.flatMap(wordsOf).join(" ")),
    };
  }

  const titled = (question) => {
    const line = String(question || "…").replace(/\s+/g, " ").trim();
    if (line.length <= LONGEST_TITLE) return line;
    return `${line.slice(0, LONGEST_TITLE - 1).replace(/\s+\S*$/, "")}…`;
  };

  const folded = (text) =>
    text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[\u2018\u2019]/g, "'").toLowerCase();

  /* What an answer says: its question and its sentences, without the records of its sources. */
  function wordsOf(answer) {
    const lines = (statements) => (statements || []).map((one) => (typeof one === "string" ? one : one.text));
    return [
      answer.question,
      ...lines(answer.summary),
      ...(answer.sections || []).flatMap((section) => lines(section.statements)),
      ...(answer.positions || []).flatMap((side) => [side.position, side.held_by, ...lines(side.statements)]),
      ...lines(answer.next_steps),
    ];
  }

  /* Told once, where the person is: over the box in which the next question is typed. */
  function tell(name) {
    if (told.has(name)) return;
    told.add(name);
    ours.send("edit", { trouble: name }, "history");
  }

  function trouble(error) {
    tell(error && error.name === "QuotaExceededError" ? "full" : "not_kept");
  }

  /* What is on the screen must not come back once it was deleted. */
  function forget() {
    const texts = shown();
    texts.forEach((text) => forgotten.add(text));
    /* Still on the screen, and gone on with perhaps: what comes next is kept by itself. */
    const banner = conversation() && conversation().querySelector("[data-reopened]");
    current = banner ? { key: banner.dataset.key, id: null, rev: null, texts } : null;
  }

  /* ---- the list ---- */

  const usable = (entry) =>
    entry && /^[0-9a-f]{8,32}$/.test(entry.id) && typeof entry.title === "string" && entry.title.trim() !== "" &&
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(entry.when) && Number.isInteger(entry.count) && entry.count > 0;

  async function kept() {
    const found = await work("readonly", (list) => settled(list.getAll()));
    return found || [];
  }

  let asking = 0;
  let again = null;
  let after = null;
  let arranged = false;

  /* `said` names what was done; `focus` says where to go on once the list is there. */
  function relist(said = "", focus = null) {
    if (focus) after = focus;
    /* Only one list at a time: a later one must not be overtaken by an earlier. */
    if (asking && Date.now() - asking < WAIT) {
      again = said || again || " ";
      return;
    }
    asking = Date.now();
    inLine(async () => {
      mark();
      let held = [];
      let broken = 0;
      let readable = true;
      try {
        const found = await kept();
        held = found.filter(usable);
        broken = found.length - held.length;
      } catch (error) {
        /* Kept, and cannot be read; or a browser that keeps nothing. */
        readable = !on() && error.name !== "VersionError";
        if (readable) root.dataset.history = "none";
      }
      const query = find("#history-q") ? find("#history-q").value : "";
      const words = folded(query).split(/\s+/).filter(Boolean);
      const fits = held.filter((entry) => {
        const within = `${folded(entry.title)} ${typeof entry.words === "string" ? entry.words : ""}`;
        return words.every((word) => within.includes(word));
      });
      fits.sort((one, other) => other.when.localeCompare(one.when) || (other.changed || 0) - (one.changed || 0));
      const entries = fits.slice(0, MOST_LISTED).map(({ id, title, when, count }) => ({ id, title, when, count }));
      root.toggleAttribute("data-any-kept", held.length > 0);
      /* Who comes for the list has read before who can see it. */
      if (!arranged) find("#history-about").open = !(held.length && on());
      arranged = true;
      mark(held.length + broken > 0);
      ours.send(
        "tick",
        {
          entries: JSON.stringify(entries),
          state: available() ? (on() ? "on" : "off") : "none",
          today: day(),
          total: held.length,
          found: fits.length,
          broken,
          query: words.length ? "yes" : "",
          said: readable ? said : "unreadable",
        },
        "history"
      );
    });
  }

  /* ---- what the page shows of the switch ---- */

  function available() {
    try {
      const probe = `${NAME}-probe`;
      localStorage.setItem(probe, "1");
      localStorage.removeItem(probe);
      return Boolean(window.indexedDB) && root.dataset.history !== "none";
    } catch {
      return false;
    }
  }

  function mark(some) {
    const possible = available();
    const off = some === undefined ? root.dataset.history === "off-kept" : some;
    root.dataset.history = !possible ? "none" : on() ? "on" : off ? "off-kept" : "off";
    const field = find("#history-on");
    if (!field) return;
    field.checked = on();
    field.disabled = !possible;
    privacy();
  }

  /* The line under the box says where a question goes; while it is kept here, it says that too. */
  const plain = new WeakMap();
  function privacy() {
    const words = find("[data-kept-words]").dataset.keptWords;
    for (const place of all("p.privacy")) {
      if (!plain.has(place)) plain.set(place, place.textContent);
      const meant = on() ? words : plain.get(place);
      if (place.textContent !== meant) place.textContent = meant;
    }
  }

  async function switchOn() {
    try {
      turn(true);
      (await open(true)).close();
    } catch {
      try {
        turn(false);
      } catch {
        /* Nothing can be stored, so nothing is on. */
      }
      root.dataset.history = "none";
    }
    mark();
    sync();
    relist();
  }

  async function switchOff(away, done = "") {
    turn(false);
    if (!away) return relist("", "#history-on");
    forget();
    await inLine(wipe)
      .then(() => relist(done, "#history-on"))
      .catch(() => relist("not_deleted", "#history-on"));
  }

  async function flip(field) {
    if (field.checked) return switchOn();
    const held = await kept().catch(() => [null]);
    if (!held.length) return switchOff(true);
    /* It stays on until it is decided what becomes of what is kept. */
    field.checked = true;
    ours.dialog(field, find("#history-off"));
  }

  /* ---- one conversation ---- */

  const say = (said) => ours.send("clear", { said }, "history");

  async function recordsOf(id) {
    const found = await work("readonly", async (list, answers) => ({
      entry: await settled(list.get(id)),
      held: await settled(answers.get(id)),
    }));
    return found || {};
  }

  let opening = null;
  let since = 0;
  let next = null;

  async function reopen(id, sure = false) {
    if (find("#pending .waiting")) return say("busy");
    /* One at a time: what is tapped meanwhile comes after it. */
    if (since && Date.now() - since < WAIT) {
      next = [id, sure];
      return;
    }
    if (!sure && !on() && !same(shown(), current ? current.texts : [])) {
      find("#history-replace").dataset.id = id;
      return ours.dialog(document.activeElement, find("#history-replace"));
    }
    const { entry, held } = await inLine(() => recordsOf(id)).catch(() => ({}));
    if (!entry) return relist("gone");
    const records = held && Array.isArray(held.records) ? held.records : [];
    opening = random();
    since = Date.now();
    ours.send(
      "select",
      {
        id,
        key: opening,
        rev: String(entry.rev || ""),
        when: String(entry.when || ""),
        today: day(),
        records: JSON.stringify(records),
      },
      "history"
    );
  }

  async function rename(id, title) {
    const name = title.replace(/\s+/g, " ").trim().slice(0, LONGEST_TITLE);
    if (!name) return;
    const rename = async (list) => {
      const entry = await settled(list.get(id));
      if (!entry) return null;
      const rev = random();
      await settled(list.put({ ...entry, title: name, named: true, rev }));
      if (current && current.id === id && current.rev === entry.rev) current.rev = rev;
      return entry;
    };
    await inLine(() => work("readwrite", rename))
      .then((entry) => relist(entry ? "renamed" : "gone", `[data-kept="${id}"] [data-kept-rename]`))
      .catch(() => relist("not_changed"));
  }

  async function remove(id) {
    const rows = all("[data-kept]").map((row) => row.dataset.kept);
    const next = rows[rows.indexOf(id) + 1] || rows[rows.indexOf(id) - 1];
    if (current && current.id === id) forget();
    const act = (list, answers) => Promise.all([settled(list.delete(id)), settled(answers.delete(id))]);
    await inLine(() => work("readwrite", act))
      .then(() => relist("deleted", next ? `[data-kept="${next}"] a` : "#place-history h1"))
      .catch(() => relist("not_deleted"));
  }

  async function removeAll() {
    forget();
    await inLine(wipe)
      .then(() => relist("deleted_all", "#place-history h1"))
      .catch(() => relist("not_deleted"));
  }

  /* ---- files ---- */

  async function save(id) {
    const found = await inLine(() =>
      work("readonly", async (list, answers) => ({
        entries: id ? [await settled(list.get(id))] : await settled(list.getAll()),
        held: id ? [await settled(answers.get(id))] : await settled(answers.getAll()),
      }))
    ).catch(() => null);
    const entries = found ? found.entries.filter(Boolean) : [];
    if (!entries.length) return relist("gone");
    const records = new Map(found.held.filter(Boolean).map((one) => [one.id, one.records]));
    const conversations = entries.map(({ id: name, title, when }) => ({
      id: name,
      title,
      when,
      answers: (Array.isArray(records.get(name)) ? records.get(name) : []).map((text) => parsed(text) || text),
    }));
    const content = JSON.stringify({ form: "peer-support-history", version: VERSION, conversations }, null, 2);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = `${id ? "conversation" : "history"}-${day()}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), WAIT);
    say("saved");
  }

  /* ---- what is tapped and typed ---- */

  function unfold(id, open) {
    const row = find(`[data-kept="${id}"]`);
    row.querySelector("form").hidden = !open;
    if (!open) return row.querySelector("[data-kept-rename]").focus();
    row.querySelector("input").focus();
    row.querySelector("input").select();
  }

  const close = (element) => element.closest("dialog").close();

  Object.assign(ours.actions, {
    "[data-kept-open]": (element) => reopen(element.dataset.keptOpen),
    "[data-kept-rename]": (element) => unfold(element.dataset.keptRename, true),
    "[data-kept-cancel]": (element) => unfold(element.dataset.keptCancel, false),
    "[data-kept-save]": (element) => save(element.dataset.keptSave),
    "[data-kept-save-all]": () => save(null),
    "[data-kept-delete]": (element) => {
      const dialog = find("#history-delete");
      const row = element.closest("[data-kept]");
      dialog.dataset.id = row.dataset.kept;
      dialog.querySelector("[data-which]").textContent = row.querySelector("h3").textContent;
      ours.dialog(element, dialog);
    },
    "[data-history-delete]": (element) => {
      close(element);
      remove(find("#history-delete").dataset.id);
    },
    "[data-history-delete-all]": (element) => {
      close(element);
      removeAll();
    },
    "[data-history-off]": (element) => {
      close(element);
      switchOff(element.dataset.historyOff === "delete", "deleted_all");
    },
    "[data-history-replace]": (element) => {
      close(element);
      reopen(find("#history-replace").dataset.id, true);
    },
  });

  let typing = null;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "history-q") return;
    clearTimeout(typing);
    typing = setTimeout(() => relist(), 300);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-history-switch]")) flip(event.target);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-history-search]")) {
      event.preventDefault();
      relist();
    }
    if (event.target.matches("[data-rename-form]")) {
      event.preventDefault();
      rename(event.target.dataset.renameForm, new FormData(event.target).get("title"));
    }
  });

  window.addEventListener("storage", (event) => {
    if (event.key !== NAME && event.key !== null) return;
    mark();
    if (root.dataset.place === "history") relist();
  });

  /* ---- what the page calls ---- */

  ours.shows.history = (where) =>
    whenThere("#history-on, [data-history-forbidden]", () => {
      if (!find("#history-on")) return;
      relist();
      if (where.view) reopen(where.view);
    });

  Object.assign(ours, {
    listed() {
      asking = 0;
      if (again !== null) {
        const said = again.trim();
        again = null;
        return relist(said);
      }
      const target = after && root.dataset.place === "history" && find(after);
      after = null;
      if (target) target.focus();
    },
    reopened() {
      since = 0;
      if (next) {
        const [id, sure] = next;
        next = null;
        return reopen(id, sure);
      }
      const banner = find("#conversation [data-reopened]");
      if (!banner || banner.dataset.key !== opening) return;
      opening = null;
      /* The way back leads to the list, not to opening it again. */
      if (new URLSearchParams(window.location.search).get("view")) window.history.replaceState(null, "", "?place=history");
      ours.go("place:ask");
      window.scrollTo({ top: 0, behavior: "instant" });
      banner.querySelector("h2").focus({ preventScroll: true });
    },
  });

  /* ---- once the page is there ---- */

  function whenThere(what, act) {
    const look = () => {
      const found = find(what);
      if (!found) return false;
      act(found);
      return true;
    };
    if (look()) return;
    const watch = new MutationObserver(() => look() && watch.disconnect());
    watch.observe(root, { childList: true, subtree: true });
  }

  whenThere("[data-history-forbidden]", () => {
    try {
      turn(false);
    } catch {
      /* Nothing can be stored here. */
    }
    if (window.indexedDB) inLine(wipe).catch(() => {});
  });
  whenThere("#history-on", () => mark());
  whenThere("#foot .privacy", () => mark());
  whenThere("#conversation", (found) => {
    let soon = null;
    new MutationObserver(() => {
      /* At once: the next answer may be there before the waiting below is over, and it must not take
         the place of a conversation that was put away. */
      if (!turns().length) current = null;
      clearTimeout(soon);
      soon = setTimeout(sync, 50);
    }).observe(found, { childList: true, subtree: true });
  });
})();
