/* What the browser adds to pages that work without it: leaving at once, and following what others change without ever
   taking focus, scroll or typing away from whoever is here. */
"use strict";
(() => {
  const SILENCE_MS = 15_000;      // after this long without a frame the page no longer knows what its reader may see
  const ANNOUNCE_MS = 10_000;     // a screen reader hears of changes in batches
  const MARK_MS = 20_000;         // how long a change by someone else stays marked
  const OWN_MS = 2_000;           // what follows one's own press within this time is not "someone else"
  const DOUBLE_MS = 600;          // a second press at the same place within this time is the other half of the first
  const PATIENCE_MS = 3_000;      // after this long a press that is not answered is said to be on its way
  const SHIFTS_MS = 1_500;
  const HEARTBEAT = " ";          // what a heartbeat begins with: it goes back as it came
  const OWN_RECONNECTS = [1006, 1011, 1012, 1013];  // codes on which the extension reconnects by itself
  const NOT_WELCOME = 4403;
  const NOBODY = 4402;            // no session came along: on a device of one's own that is no reason to lose a draft
  const ENDED = {4401: "ended", 4404: "closed"};  // all goes but what was typed, and this is said
  const OTHER_PANELS = 4409;
  const TOO_MANY = 4429;
  const SETTLED_MS = 3_000;       // a page younger than this is in no hurry to be loaded once more

  const byId = id => document.getElementById(id);
  const words = name => byId("announcer").dataset[name];
  document.documentElement.classList.add("scripted");

  /* ---- Leaving ---------------------------------------------------------------------------------------------- */

  let gone = false;
  let socket = null;
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("leave") : null;

  function blank(address) {
    gone = true;
    document.documentElement.replaceChildren();
    socket?.close();
    location.replace(address);
  }

  function leave() {
    forgetAll();
    tabs?.postMessage("leave");
    fetch("/leave/", {method: "POST", keepalive: true, redirect: "manual"}).catch(() => {});
    blank("/leave/");
  }

  if (tabs) tabs.onmessage = ({data}) => {
    forgetAll();
    if (data === "leave") blank("/leave/");
  };

  document.addEventListener("submit", event => {
    if (event.target.getAttribute("action") === "/sign-out/") {
      forgetAll();
      tabs?.postMessage("sign out");
    }
    if (event.target.id !== "leave") return;
    event.preventDefault();
    leave();
  });

  let shifts = [];
  let alone = false;
  addEventListener("keydown", event => {
    alone = event.key === "Shift" && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (!alone) shifts = [];
  }, true);
  addEventListener("pointerdown", () => { alone = false; shifts = []; }, true);
  addEventListener("keyup", event => {
    if (event.key !== "Shift" || !alone) return;
    alone = false;
    const now = Date.now();
    shifts = [...shifts.filter(then => now - then < SHIFTS_MS), now];
    if (shifts.length === 3) leave();
  }, true);

  /* A page that the back button would bring out of memory must show nothing before it has been asked for again. */
  addEventListener("pagehide", event => { if (event.persisted) document.documentElement.hidden = true; });
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

  /* ---- What was typed is never lost ------------------------------------------------------------------------- */

  const fields = () => document.querySelectorAll("main :is(input:not([type=hidden]), textarea, select)");
  const touched = field =>
    field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.localName === "select" ? [...field.options].some(option => option.selected !== option.defaultSelected)
    : field.value !== field.defaultValue;

  let sending = false;
  addEventListener("submit", event => {
    if (event.defaultPrevented) return;
    sending = true;
    send(event.target);
  });
  addEventListener("beforeunload", event => {
    putAwayAll();
    const typed = [...document.querySelectorAll("main textarea")]
      .some(field => field.value.trim() && !safe.has(field.form) && !("stands" in field.dataset && !touched(field)));
    if (typed && !sending && !gone) event.preventDefault();
  });

  /* The session came to its end, or its reader's place here did: everything goes but what was typed, which can still be
     copied. Who signs out or leaves somewhere else leaves nothing behind. */
  function keepTyped(why) {
    const typed = [...document.querySelectorAll("main textarea")]
      .filter(field => field.value.trim() && !("stands" in field.dataset && !touched(field)));
    putAwayAll();
    const kept = why === "ended" && typed.every(field => safe.has(field.form));
    if (why === "closed") for (const name of drafts()) if (draftOf(name)?.page === location.pathname) forget(name);
    // A screen on the wall must not go on to its reader's own start page.
    if (!typed.length) return blank(byId("table") ? "/leave/" : "/");
    gone = true;
    for (const field of typed) field.readOnly = true;
    byId("main").replaceChildren(...typed.map(field => {
      const box = document.createElement("div");
      box.className = "field narrow";
      box.append(...field.labels, field);
      return box;
    }));
    byId("line").remove();
    byId("veil").remove();
    say(words(kept ? "endedKept" : why));
    typed[0].focus();
  }

  /* ---- Drafts: what is being written stays on a device that its reader called their own, until it is sent ------- */

  const DRAFT = "draft ";         // its name goes on: whose it is, where its form is sent, the form, the form's own key
  const DRAFT_MS = 400;
  const WEEK_MS = 7 * 24 * 3600_000;
  const NOT_TYPED = ["hidden", "password", "file", "submit", "button", "reset", "image"];

  let mine = document.body.dataset.drafts;  // nothing: do not keep any; undefined: nobody is signed in here
  const writing = new Set();      // forms that were typed into since they were last put away
  const safe = new WeakSet();     // forms whose words are all put away
  const met = new WeakSet();      // forms whose reader knows what stands in them
  const offered = new WeakSet();  // fields that were offered what is kept of them
  const underway = new WeakMap(); // requests, with the form each of them sends
  let puttingAway = 0;

  /* Storage may be full, or forbidden: then nothing is kept, and nothing else changes. */
  function stored(ask, otherwise = null) {
    try { return ask(localStorage) ?? otherwise; } catch { return otherwise; }
  }

  const drafts = () => stored(store => Object.keys(store).filter(name => name.startsWith(DRAFT)), []);
  const draftOf = name => stored(store => JSON.parse(store.getItem(name)));
  const forget = name => stored(store => store.removeItem(name));

  function forgetAll() {
    mine = "";
    clearTimeout(puttingAway);
    for (const name of drafts()) forget(name);
    stored(() => sessionStorage.clear());
  }

  /* Which tab this is, so that each finds its own again. */
  function tab() {
    return stored(() => {
      if (!sessionStorage.getItem(DRAFT)) sessionStorage.setItem(DRAFT, `${Date.now()} ${Math.random()}`);
      return sessionStorage.getItem(DRAFT);
    }, "");
  }

  const forms = () => [...document.querySelectorAll("main form[id]")];
  const target = form => new URL(form.getAttribute("action") ?? "", location.href).pathname;
  const keyOf = form => form.querySelector("[type=hidden]:is([name=key], [name$='-key'])");
  const place = form => `${DRAFT}${mine} ${target(form)} ${form.id} `;
  const nameOf = form => place(form) + (keyOf(form)?.value ?? "");
  const typing = form => [...form.elements].filter(field =>
    field.name && ["input", "textarea", "select"].includes(field.localName)
    && (!NOT_TYPED.includes(field.type) || "draft" in field.dataset));
  const choice = field => field.type === "checkbox" || field.type === "radio";
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function said(form) {
    const values = {};
    for (const field of typing(form)) {
      const given = field.localName === "select" ? [...field.selectedOptions].map(option => option.value) : [field.value];
      values[field.name] = [...values[field.name] ?? [], ...(choice(field) && !field.checked ? [] : given)];
    }
    return values;
  }

  /* `always`: what stands there was put there by the server, and yet was typed. */
  function putAway(form, always = false) {
    writing.delete(form);
    if (!mine || gone || !form.isConnected) return;
    const name = nameOf(form);
    if (!always && !typing(form).some(touched) && !form.querySelector(".errorlist")) return forget(name);
    const before = draftOf(name);
    const fresh = typing(form).filter(field => !offered.has(field) && !touched(field) && before?.fields[field.name]);
    const waiting = Object.fromEntries(fresh.map(({name}) => [name, before.fields[name]]));
    const draft = {
      at: Date.now(), tab: tab(), page: location.pathname, item: form.dataset.item, sent: always ? undefined : before?.sent,
      fields: {...before?.fields, ...said(form), ...waiting},
    };
    const done = stored(store => { store.setItem(name, JSON.stringify(draft)); return true; }, false);
    safe[done ? "add" : "delete"](form);
  }

  function putAwayAll() {
    clearTimeout(puttingAway);
    for (const form of [...writing]) putAway(form);
  }

  for (const typed of ["input", "change"]) document.addEventListener(typed, event => {
    const form = event.target.closest?.("main form[id]") ?? event.target.form;
    if (!mine || !form?.closest("main") || !form.id) return;
    met.add(form);
    writing.add(form);
    safe.delete(form);
    clearTimeout(puttingAway);
    puttingAway = setTimeout(putAwayAll, DRAFT_MS);
  });
  addEventListener("pagehide", putAwayAll);
  document.addEventListener("visibilitychange", () => { if (document.hidden) putAwayAll(); });

  /* What is sent may be kept although its answer never comes: then the server is asked, next time, by the form's key,
     and means what was sent first. A form without one is kept only while its answer is waited for (`heard`). */
  function send(form, heard) {
    if (!mine || !form.id || !form.closest("main")) return;
    putAwayAll();
    const draft = draftOf(nameOf(form));
    if (!draft) return;
    if (!keyOf(form)) return heard || forget(nameOf(form));
    stored(store => store.setItem(nameOf(form), JSON.stringify({...draft, sent: draft.sent ?? said(form)})));
  }

  document.addEventListener("htmx:beforeRequest", ({detail: {requestConfig: {elt, verb, path}, xhr}}) => {
    const form = elt.closest("main form[id]");
    if (!form || verb !== "post" || new URL(path, location.href).pathname !== target(form)) return;
    underway.set(xhr, {name: nameOf(form), id: form.id});
    send(form, true);
  });
  document.addEventListener("htmx:afterRequest", ({detail: {xhr}}) => {
    const sent = underway.get(xhr);
    if (!sent || !mine || !xhr.status) return;
    if (xhr.status < 400) return forget(sent.name);
    if (xhr.status >= 500) return;  // nobody knows what became of it
    const form = byId(sent.id);
    if (!form || !draftOf(sent.name)) return;
    if (xhr.status === 409) forget(sent.name);  // taken before, with other words: these have a key of their own now
    putAway(form, true);
    met.add(form);
  });

  /* Whether what was sent from here is kept by now; if nobody can tell, it comes back, and its key keeps it from being
     written twice. */
  async function arrived(name) {
    const answer = await fetch(`/kept/?key=${encodeURIComponent(name.split(" ").at(-1))}`).catch(() => null);
    return Boolean(answer?.ok && (await answer.json().catch(() => null))?.kept);
  }

  /* Drafts of somebody else, or too old, go; so does what has arrived. */
  async function tidy() {
    for (const name of drafts()) {
      const draft = draftOf(name);
      const theirs = mine !== undefined && !(mine && name.startsWith(`${DRAFT}${mine} `));
      if (theirs || !(Date.now() - draft?.at < WEEK_MS)) forget(name);
      else if (mine && draft.sent && same({...draft.fields, ...draft.sent}, draft.fields) && await arrived(name)) {
        forget(name);
        tell(words("kept"));
      }
    }
  }

  /* What its reader has changed already, or was offered before, stays as it is. */
  function fill(form, values) {
    const before = said(form);
    const used = new Set(typing(form).filter(field => touched(field) || offered.has(field)).map(field => field.name));
    const next = {};
    for (const field of typing(form)) {
      if (used.has(field.name) || !Array.isArray(values[field.name])) continue;
      if (choice(field)) field.checked = values[field.name].includes(field.value);
      else if (field.localName === "select")
        for (const option of field.options) option.selected = values[field.name].includes(option.value);
      else field.value = values[field.name][next[field.name] = (next[field.name] ?? -1) + 1] ?? field.value;
    }
    return !same(said(form), before);
  }

  /* The draft that is nearest: by this name, else of this tab, else the last one. */
  function nearest(own, fits) {
    const rank = ([name, draft]) => (name === own ? 2e15 : draft.tab === tab() ? 1e15 : 0) + draft.at;
    return drafts().map(name => [name, draftOf(name)]).filter(([name, draft]) => draft && fits(name, draft))
      .sort((one, other) => rank(other) - rank(one))[0] ?? [];
  }

  /* `anew`: the page has just been loaded; later a tab brings nothing that is written in another one. */
  function restore(form, anew) {
    if (!mine || gone) return;
    if (writing.has(form)) putAway(form);
    const [name, draft] = nearest(nameOf(form), (name, {tab: its}) => name.startsWith(place(form)) && (anew || its === tab()));
    if (!draft) return form.dataset.item ? fetchBack(form, anew) : undefined;
    const now = said(form);
    const other = typing(form).some(field => touched(field) && !same(draft.fields[field.name], now[field.name]));
    if (other) return;
    const changed = fill(form, draft.fields);
    const key = keyOf(form);
    const own = key?.value;
    if (key) key.value = name.split(" ").at(-1);
    safe.add(form);
    const known = met.has(form);
    met.add(form);
    if (!changed) return;
    form.dispatchEvent(new Event("change", {bubbles: true}));
    if (known) return;
    follow("");
    sayItIsBack(form, () => { forget(nameOf(form)); if (key) key.value = own; });
  }

  /* What was being written under an item from which the meeting has since gone on comes back under that item. */
  async function fetchBack(form, anew) {
    const [name, draft] = nearest("", (name, {page, item, tab: its}) =>
      item && (anew || its === tab()) && page === location.pathname && name.startsWith(`${DRAFT}${mine} `) && name.split(" ").at(-2) === form.id);
    if (!draft) return;
    let status = 0;
    form.addEventListener("htmx:afterRequest", ({detail}) => { status = detail.xhr.status; }, {once: true});
    await move(form, draft.item);
    if (status !== 404) return;
    forget(name);
    const field = document.createElement("textarea");
    field.readOnly = true;
    field.value = proseOf(draft);
    say(words("closed"));
    byId("notice").append(field);
  }

  /* What somebody typed, of all that their form says. */
  const proseOf = ({fields}) => (Object.entries(fields).find(([name]) => /(text|title|reply)$/.test(name))?.[1] ?? [])[0] ?? "";

  /* What was typed where there is no form for it any more, to be copied. */
  function toCopy(text) {
    const sheet = document.createElement("div");
    const label = document.createElement("label");
    const field = document.createElement("textarea");
    sheet.className = "sheet field";
    Object.assign(label, {htmlFor: "stays", textContent: words("stays")});
    Object.assign(field, {id: "stays", readOnly: true, rows: 6, dir: "auto", value: text});
    sheet.append(label, field);
    return sheet;
  }

  function offerWithoutForm() {
    const spot = document.querySelector("#error, #writing[data-listens]");
    if (!mine || !spot) return;
    const [, draft] = nearest("", (name, {page}) => page === location.pathname && name.startsWith(`${DRAFT}${mine} `));
    if (draft && proseOf(draft).trim()) spot.append(toCopy(proseOf(draft)));
  }

  function sayItIsBack(form, throwAway) {
    const note = document.createElement("p");
    const button = document.createElement("button");
    note.className = "aside back";
    button.type = "button";
    button.className = "small";
    button.textContent = words("throw");
    note.append(words("restored"), " ", button);
    form.prepend(note);
    tell(words("restored"));
    button.addEventListener("click", () => {
      throwAway();
      note.remove();
      form.reset();
      form.dispatchEvent(new Event("change", {bubbles: true}));
      typing(form)[0]?.focus();
    });
  }

  const tidied = tidy();
  document.addEventListener("htmx:load", async event => {
    await tidied;
    if (event.target === document.body) offerWithoutForm();
    for (const form of forms()) {
      if (!form.contains(event.target) && !event.target.contains(form)) continue;
      restore(form, event.target === document.body);
      for (const field of typing(form)) offered.add(field);
    }
  });

  /* ---- Looking at the page before something is replaced, and putting it back as it was for the reader -------- */

  function address(element) {
    if (element.id) return "#" + CSS.escape(element.id);
    for (const name of ["formaction", "href"])
      if (element.hasAttribute(name)) return `main [${name}="${CSS.escape(element.getAttribute(name))}"]`;
    const parent = element.parentElement;
    return element.localName === "summary" && parent.id ? `#${CSS.escape(parent.id)} > summary` : null;
  }

  function addresses(element) {
    const found = [];
    for (; element && element !== document.body; element = element.parentElement) found.push(address(element));
    return found.filter(Boolean);
  }

  function onScreen(element) {
    const {top, bottom} = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }

  const rows = () => document.querySelectorAll(".panel:not([data-quiet]) :is(li, tr, article)[id]");
  const reading = element => element.textContent.replace(/\s+/g, " ").trim();
  const closed = () => Boolean(document.querySelector("#meeting[data-closed]"));

  function look() {
    const anchor = [document.activeElement, ...document.elementsFromPoint(innerWidth / 2, Math.min(innerHeight / 3, 240))]
      .find(element => element?.closest("main > *") && onScreen(element));
    return {
      focus: addresses(document.activeElement),
      folds: new Map([...document.querySelectorAll("main details[id]")].map(fold => [fold.id, fold.open])),
      scrolled: [...document.querySelectorAll("main [id]")].filter(e => e.scrollTop || e.scrollLeft)
        .map(e => [e.id, e.scrollTop, e.scrollLeft]),
      anchors: addresses(anchor).map(where => [where, document.querySelector(where)?.getBoundingClientRect().top]),
      rows: new Map([...rows()].map(row => [row.id, reading(row)])),
      panels: new Set([...document.querySelectorAll(".panel")].map(panel => panel.id)),
      closed: closed(),
    };
  }

  function putBack(seen) {
    for (const [id, open] of seen.folds) if (byId(id)) byId(id).open = open;
    for (const [id, top, left] of seen.scrolled) byId(id)?.scrollTo({top, left, behavior: "instant"});
    const [where, top] = seen.anchors.find(([where]) => document.querySelector(where)) ?? [];
    if (where) scrollBy({top: document.querySelector(where).getBoundingClientRect().top - top, behavior: "instant"});
    if (seen.focus.length && document.activeElement === document.body) {
      // What has moved into something folded takes no focus; what is around it does.
      for (const where of [...seen.focus, "main"]) {
        const heir = document.querySelector(where);
        if (!heir) continue;
        if (heir.tabIndex < 0) heir.tabIndex = -1;
        heir.focus({preventScroll: true});
        if (document.activeElement === heir) break;
      }
    }
  }

  /* ---- What someone else changed: marked quietly, announced politely ----------------------------------------- */

  const marked = new Map();
  let pressed = 0;
  let announced = 0;
  let announcing = 0;

  function announce() {
    announcing ||= setTimeout(() => {
      tell(words("updated"));
      setTimeout(() => byId("announcer")?.replaceChildren(), 3_000);
    }, Math.max(200, announced + ANNOUNCE_MS - Date.now()));
  }

  /* What one waits for to hear is said at once, and not drowned by what can wait. */
  function tell(text) {
    clearTimeout(announcing);
    [announcing, announced] = [0, Date.now()];
    byId("announcer").textContent = text;
  }

  function mark(seen) {
    const now = Date.now();
    const changed = [...rows()].filter(row =>
      seen.rows.get(row.id) !== reading(row) && seen.panels.has(row.closest(".panel").id));
    const lost = [...seen.rows.keys()].some(id => !byId(id));
    if (now - pressed > OWN_MS) {
      const inner = changed.filter(row => !changed.some(other => other !== row && row.contains(other)));
      // The end of a meeting changes most rows at once, and says so itself.
      if (closed() === seen.closed) for (const row of inner) marked.set(row.id, now + MARK_MS);
      if (changed.length || lost) announce();
    }
    showMarks();
  }

  function showMarks() {
    for (const [id, until] of marked) {
      byId(id)?.classList.toggle("changed", until > Date.now());
      if (until <= Date.now()) marked.delete(id);
    }
  }

  /* ---- The line ---------------------------------------------------------------------------------------------- */

  const heard = new Set();        // addresses whose page has since changed: their digest is no longer true
  let lastFrame = Date.now();
  let tries = 0;
  let tried = 0;
  let wrapper = null;
  let resting = false;            // its reader has many pages open, and the server keeps no line to this one
  let veil = "";                  // what covers the page: nothing, or the template of this name
  let covered = null;

  const open = () => socket?.readyState === WebSocket.OPEN;

  htmx.config.wsReconnectDelay = () => Math.min(5_000, 500 * 2 ** tries++) * (0.5 + Math.random() / 2);

  htmx.createWebSocket = url => {
    const fresh = new URL(url);
    if (heard.has(url)) fresh.searchParams.delete("shows");
    const made = socket = new WebSocket(fresh);
    tried = Date.now();
    made.addEventListener("message", event => {
      if (event.data.startsWith(HEARTBEAT)) made.send(event.data);
      heard.add(url);
      lastFrame = Date.now();
      resting = false;
      tries = 0;
      showLine();
    });
    return made;
  };

  function showLine() {
    const line = byId("line");
    if (!line || gone) return;
    const why = resting ? "rests" : Date.now() - lastFrame > SILENCE_MS ? "lost" : "";
    const state = why ? "dead" : open() ? "live" : "reconnecting";
    if (line.dataset.state !== state) {
      line.hidden = false;
      line.dataset.state = state;
      line.textContent = line.dataset[state];
    }
    if (why !== veil) cover(why);
  }

  function cover(why) {
    const seen = covered ?? look();
    byId("main").classList.toggle("veiled", Boolean(why));
    byId("veil").classList.toggle("shown", Boolean(why));
    byId("veil").replaceChildren(...byId("veil").querySelectorAll("template"));
    if (why) byId("veil").append(byId(why).content.cloneNode(true));
    veil = why;
    covered = why ? seen : null;
    if (why) return;
    putBack(seen);
    tell(words("back"));
  }

  /* A line that is silent and yet has no end (a phone that went into another network) is given up for a new one. */
  function giveUp() {
    if (gone || !wrapper || socket.readyState > WebSocket.OPEN) return;
    if (Date.now() - Math.max(lastFrame, tried) <= SILENCE_MS) return;
    resting = false;
    socket.onclose = null;  // which might come a minute later, and end the new one
    socket.close();
    wrapper.reconnect();
  }

  /* A page that rests connects once each time its reader comes back to it, and never by itself: one page too many would
     otherwise be closed for another, and that one for the next, without end. */
  function goOn() {
    if (resting && !gone && !document.hidden && socket.readyState === WebSocket.CLOSED) wrapper.reconnect();
  }

  /* ---- The table view is the only one offered in full screen --------------------------------------------------- */

  if (byId("full-screen") && document.fullscreenEnabled) {
    byId("full-screen").hidden = false;
    byId("full-screen").addEventListener("click", () => document.documentElement.requestFullscreen());
  }

  /* How long the meeting has been at its item: told to whoever looks, never announced. */
  function showClock() {
    if (!byId("since")) return;
    const minutes = Math.floor((Date.now() - Date.parse(byId("since").dateTime)) / 60_000);
    byId("so-far").hidden = minutes < 1;
    byId("so-far").lastElementChild.textContent = minutes;
  }

  setInterval(() => { showLine(); showMarks(); showClock(); giveUp(); }, 500);
  document.addEventListener("visibilitychange", () => { showLine(); goOn(); });
  addEventListener("focus", goOn);
  for (const comes of ["keydown", "pointerdown", "click"]) addEventListener(comes, goOn);

  let seen = null;
  document.addEventListener("htmx:wsOpen", ({detail}) => { wrapper = detail.socketWrapper; showLine(); });
  document.addEventListener("htmx:wsBeforeMessage", event => {
    if (gone || event.detail.message.startsWith(HEARTBEAT)) event.preventDefault();
    else seen = look();
  });
  document.addEventListener("htmx:wsAfterMessage", ({detail}) => {
    follow(detail.message);
    putBack(seen);
    mark(seen);
    showClock();
    showDrop();
    if (Date.now() - kept < OWN_MS) showKept();
  });
  document.addEventListener("htmx:wsClose", ({detail: {event, socketWrapper}}) => {
    if (gone) return;
    if (event.code === NOT_WELCOME) forgetAll();
    else putAwayAll();
    if (event.code === NOT_WELCOME || event.code === NOBODY) return blank("/");
    if (event.code in ENDED) return keepTyped(ENDED[event.code]);
    resting = event.code === TOO_MANY;
    showLine();
    if (resting || OWN_RECONNECTS.includes(event.code)) return;
    const delay = htmx.config.wsReconnectDelay();
    if (event.code === OTHER_PANELS) setTimeout(renew, performance.now() < SETTLED_MS ? SETTLED_MS : delay);
    else setTimeout(socketWrapper.reconnect, delay);
  });

  /* The house was changed, and has other panels for this page than it shows: it is loaded once more. A form that is in
     use stays as it is, and everything around it is put in anew. */
  async function renew() {
    const used = () => [...document.querySelectorAll("main form[id]")].filter(form =>
      form.contains(document.activeElement) || [...fields()].some(field => form.contains(field) && touched(field)));
    if (!used().length) return location.reload();
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok && !answer.redirected && await answer.text().catch(() => null);
    if (gone) return;
    if (!page) return wrapper.reconnect();
    const before = look();
    const forms = used();
    for (const form of forms) form.remove();
    htmx.swap("#main", page, {swapStyle: "outerHTML"}, {select: "#main"});
    for (const form of forms) byId(form.id) ? byId(form.id).replaceWith(form) : byId("main").append(form);
    follow("");
    putBack(before);
    lastFrame = Date.now();
    showLine();
  }

  /* ---- Answers ------------------------------------------------------------------------------------------------ */

  let patience = 0;
  const trying = () => byId("notice").textContent === words("trying");

  function say(text) {
    clearTimeout(patience);
    const sentence = document.createElement("p");
    sentence.textContent = text;
    byId("notice").replaceChildren(sentence);
  }

  document.addEventListener("click", event => { if (event.target.id === "dismiss") byId("notice").replaceChildren(); });
  /* A page that had a line gets what changed by it, also when that is only now coming back. */
  document.addEventListener("htmx:configRequest", event => {
    if (wrapper) event.detail.headers["X-Live"] = "1";
  });
  document.addEventListener("htmx:beforeRequest", event => {
    const {detail} = event;
    if (gone) return event.preventDefault();
    // A field that was left asks too. The notice goes at a press alone: it would pull the button from under the finger.
    if (!["click", "submit"].includes(detail.requestConfig.triggeringEvent?.type)) return;
    pressed = Date.now();
    byId("notice").replaceChildren();
    clearTimeout(patience);
    patience = setTimeout(() => say(words("trying")), PATIENCE_MS);
    detail.xhr.addEventListener("loadend", () => {
      clearTimeout(patience);
      pressed = Date.now();
      if (trying()) byId("notice").replaceChildren();
    });
  });
  document.addEventListener("htmx:sendError", () => say(words("dropped")));
  document.addEventListener("htmx:responseError", () => {
    if (trying() || !byId("notice").textContent.trim()) say(words("failed"));
  });

  /* Who presses twice means it once: the second half would fall on the button that has come to stand there. */
  let last = {at: 0, x: 0, y: 0};
  addEventListener("click", event => {
    if (!event.detail) return;  // by keyboard
    const {clientX: x, clientY: y} = event;
    const again = Date.now() - last.at < DOUBLE_MS && Math.hypot(x - last.x, y - last.y) < 10;
    last = {at: Date.now(), x, y};
    if (!again || !event.target.closest("button[form=press]")) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  /* A push may put in a panel anew while its button is held down: then it is the new button that was pressed. */
  let held = null;
  const sameAs = button => button && [button.getAttribute("formaction"), button.value].join(" ");
  addEventListener("pointerdown", event => { held = event.target.closest?.("button[form=press]"); }, true);
  addEventListener("pointerup", event => {
    const was = held;
    held = null;
    if (!was || was.isConnected) return;
    const now = document.elementFromPoint(event.clientX, event.clientY)?.closest("button[form=press]");
    if (sameAs(now) === sameAs(was)) now.click();
  }, true);

  /* A refusal that is a whole page says its piece in the notice; what was on the page stays. */
  document.addEventListener("htmx:beforeSwap", ({detail}) => {
    if (detail.xhr.status >= 500) return void (detail.shouldSwap = false);
    if (detail.xhr.status < 400 || !/^\s*<!doctype/i.test(detail.serverResponse)) return;
    Object.assign(detail, {target: byId("notice"), selectOverride: "#error", swapOverride: "innerHTML"});
  });

  /* The form has become short again: without this a phone would show something else altogether. */
  let kept = 0;
  function showKept() {
    const last = [...document.querySelectorAll("#item article")].pop() ?? document.querySelector("main form h2");
    const {top, bottom} = last.getBoundingClientRect();
    if (top < innerHeight / 5 || bottom > innerHeight) last.scrollIntoView({block: "center", behavior: "instant"});
  }

  /* What is wrong with a field is said at it; what is wrong with all of it stands above, and on a phone out of sight. */
  function beginAtWhatIsWrong(where) {
    const sentence = where?.querySelector(".errorlist.nonfield");
    sentence?.setAttribute("tabindex", "-1");
    (where?.querySelector("[aria-invalid=true]") ?? sentence)?.focus();
  }

  document.addEventListener("htmx:afterSettle", ({detail, target}) => {
    const form = detail.requestConfig?.verb === "post" && target.closest?.("form");
    if (!form || target !== form) return;
    if (detail.xhr.status >= 400) beginAtWhatIsWrong(form);
    else if (detail.requestConfig.path.endsWith(new URL(form.action).pathname)) {
      // A note is seen where it stands; what another form kept may stand far from that form, which is empty again.
      (byId("item") ? tell : say)(words("kept"));
      kept = Date.now();
      showKept();
    }
  });

  /* A form that came back as a page of its own begins at what is wrong in it, as one that came back into its page does. */
  beginAtWhatIsWrong(document.querySelector("main"));

  /* Sent on to another page: by an ordinary load, except where that would cost what is typed in another form. */
  document.addEventListener("htmx:beforeOnLoad", event => {
    const {xhr, requestConfig} = event.detail;
    const url = xhr.getResponseHeader("HX-Redirect");
    if (!url) return;
    const sender = requestConfig.elt.closest("form");
    const typed = [...fields()].filter(field => field.id && touched(field) && !sender?.contains(field));
    if (!typed.length) return void (sending = true);
    event.preventDefault();
    const before = look();
    htmx.ajax("GET", url, {target: "#main", select: "#main", swap: "outerHTML"}).then(() => {
      history.replaceState(null, "", url);
      for (const field of typed) {
        const fresh = byId(field.id);
        if (fresh?.type === "checkbox" || fresh?.type === "radio") fresh.checked = field.checked;
        else if (fresh) fresh.value = field.value;
      }
      putBack(before);
    });
  });

  /* ---- Moving an item of the agenda by its handle; its buttons do the same ------------------------------------- */

  const EDGE = 80;                // this near to the edge of the screen the page moves along
  let dragged = "";               // the id of its row: the row itself may be replaced on the way
  let before = null;              // the row it would come before; none: the end

  const agenda = () => [...document.querySelectorAll("#agenda .agenda > li")];

  function showDrop() {
    for (const row of agenda()) {
      row.classList.toggle("dragged", row.id === dragged);
      row.classList.toggle("drop", Boolean(dragged) && row === before);
      row.classList.toggle("drop-last", Boolean(dragged) && !before && row === agenda().at(-1));
    }
  }

  document.addEventListener("pointerdown", event => {
    const row = event.target.closest?.(".handle")?.closest("li");
    if (!row || event.button) return;
    event.preventDefault();
    dragged = row.id;
    before = row;
    showDrop();
  });
  document.addEventListener("pointermove", event => {
    if (!dragged) return;
    if (!event.buttons) { dragged = ""; return showDrop(); }  // it was let go where nobody saw it
    before = agenda().find(row => {
      const {top, height} = row.getBoundingClientRect();
      return event.clientY < top + height / 2;
    });
    if (event.clientY < EDGE * 2) scrollBy({top: -EDGE / 8, behavior: "instant"});
    if (event.clientY > innerHeight - EDGE) scrollBy({top: EDGE / 8, behavior: "instant"});
    showDrop();
  });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => {
    const moved = dragged;
    dragged = "";
    showDrop();
    if (!moved || end !== "pointerup" || before?.id === moved || !byId(moved)) return;
    pressed = Date.now();
    byId("notice").replaceChildren();
    const values = {before: before ? before.id.slice("row-".length) : ""};
    htmx.ajax("POST", `/items/${moved.slice("row-".length)}/place/`, {source: byId("press"), swap: "none", values});
  });
  addEventListener("keydown", event => {
    if (event.key !== "Escape" || !dragged) return;
    dragged = "";
    showDrop();
  });

  /* ---- My tasks from the keyboard: each letter is a button or a link that stands there -------------------------- */

  const STEPS = {j: 1, ArrowDown: 1, k: -1, ArrowUp: -1};
  const KEYS_OFF = "keys off";    // for this tab, until somebody leaves

  const keysOff = () => stored(() => sessionStorage.getItem(KEYS_OFF)) === "yes";
  const tasks = () => [...document.querySelectorAll("[data-task]")].filter(link => link.checkVisibility());

  function showKeys() {
    byId("keys-off")?.setAttribute("aria-pressed", keysOff());
  }

  addEventListener("keydown", event => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !byId("keys")?.checkVisibility()) return;
    const here = document.activeElement;
    if (here.closest("input, select, textarea, [contenteditable]") || event.isComposing || keysOff() || veil || gone) return;
    const row = here.closest("#mine li");
    // An arrow moves the page, unless its reader is in the list.
    const step = !event.key.startsWith("Arrow") || row ? STEPS[event.key] : undefined;
    if (event.key === "?") {
      byId("keys").open = !byId("keys").open;
      byId("keys").querySelector("summary").focus();
    } else if (step) {
      const links = tasks();
      const place = row ? links.indexOf(row.querySelector("[data-task]")) + step : 0;
      if (!links[place]) return;
      links[place].focus();
    } else if (row && "adfmq".includes(event.key.toLowerCase()) && !event.repeat) {
      const press = row.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
      if (!press) return;
      press.click();
    } else return;
    event.preventDefault();
  });
  document.addEventListener("click", event => {
    if (event.target.id !== "keys-off") return;
    stored(() => sessionStorage.setItem(KEYS_OFF, keysOff() ? "" : "yes"));
    showKeys();
  });
  showKeys();

  /* ---- The note being written, when the meeting goes on to another item --------------------------------------- */

  async function move(form, item) {
    putAwayAll();
    const before = nameOf(form);
    await htmx.ajax("POST", `/items/${item}/note-form/`, {source: form, target: form, swap: "outerHTML"});
    const fresh = byId("note-form");
    if (!fresh || fresh === form || !draftOf(before)) return;
    forget(before);
    met.add(fresh);
    putAway(fresh, true);
  }

  /* Who only listens has no form, nor has anybody before there is something to talk about. What they had typed stays to
     be copied, and is in the form again once they take part. */
  async function listen(spot) {
    const form = byId("note-form");
    const {item} = byId("item").dataset;
    if (form && byId("you-listen")) {
      putAwayAll();
      const text = form.querySelector("textarea").value;
      const inUse = form.contains(document.activeElement);
      form.remove();
      spot.dataset.listens = "";
      spot.replaceChildren(...text.trim() ? [toCopy(text)] : []);
      if (inUse) byId("stays")?.focus({preventScroll: true});
    } else if (item && "listens" in spot.dataset && !byId("you-listen")) {
      delete spot.dataset.listens;
      const values = {"note-text": spot.querySelector("textarea")?.value ?? ""};
      await htmx.ajax("POST", `/items/${item}/note-form/`, {source: byId("press"), target: spot, swap: "innerHTML", values});
      if (!byId("note-form")) spot.dataset.listens = "";
      else followLine();
    }
  }

  /* An untouched form follows; one in use stays, and names no item that its reader may no longer see. */
  function follow(frame) {
    followLine();
    if (byId("writing") && byId("item")) listen(byId("writing"));
    const form = byId("note-form");
    const panel = byId("item");
    if (!form || !panel) return;
    const item = panel.dataset.item;
    const elsewhere = form.dataset.item !== item;
    const records = Boolean(byId("you-record")) !== Boolean(form.querySelector("[name=note-said_by]"));
    const idle = !form.contains(document.activeElement) && !form.querySelector("textarea").value.trim();
    const over = closed() !== "afterwards" in form.dataset;
    if (idle && (!item || document.querySelector("#meeting[data-off]"))) {
      form.remove();
      if (!item) byId("writing").dataset.listens = "";
    }
    else if (idle && (elsewhere || over || records || frame.includes('id="roles"'))) move(form, item);
    else {
      form.querySelector(".moved").hidden = !elsewhere;
      form.querySelector(".under").hidden = elsewhere;
      form.querySelector("[data-move]").hidden = !item;
    }
  }

  /* The line in which somebody says who does what by when: an untouched one follows, as the note does; one in use, or
     the form that came of it, stays. It stands wherever a note can be written and the meeting is not over. */
  function followLine() {
    const spot = byId("task");
    const panel = byId("item");
    if (!spot || !panel) return;
    const {item} = panel.dataset;
    const form = spot.querySelector("form");
    const may = item && byId("note-form") && !closed() && !document.querySelector("#meeting[data-off]");
    const typed = form && (form.id !== "line-form" || typing(form).some(field => field.value.trim()));
    const elsewhere = form?.dataset.item !== item;
    if (form && (typed || form.contains(document.activeElement))) {
      for (const told of form.querySelectorAll(".moved")) told.hidden = !elsewhere;
      for (const told of form.querySelectorAll(".under")) told.hidden = elsewhere;
    } else if (form && !may) form.remove();
    else if (may && elsewhere) {
      htmx.ajax("GET", `/items/${item}/actions/line/`, {source: byId("press"), target: spot, swap: "innerHTML"});
    }
  }

  document.addEventListener("click", event => {
    const form = event.target.closest("[data-move]")?.closest("form");
    if (form) move(form, byId("item").dataset.item);
  });
})();
