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
    tabs?.postMessage("leave");
    fetch("/leave/", {method: "POST", keepalive: true, redirect: "manual"}).catch(() => {});
    blank("/leave/");
  }

  if (tabs) tabs.onmessage = () => blank("/leave/");

  document.addEventListener("submit", event => {
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
  addEventListener("submit", event => { if (!event.defaultPrevented) sending = true; });
  addEventListener("beforeunload", event => {
    const typed = [...document.querySelectorAll("main textarea")].some(field => field.value.trim());
    if (typed && !sending && !gone) event.preventDefault();
  });

  /* The session came to its end, or its reader's place here did: everything goes but what was typed, which can still be
     copied. Who signs out or leaves somewhere else leaves nothing behind. */
  function keepTyped(why) {
    const typed = [...document.querySelectorAll("main textarea")].filter(field => field.value.trim());
    if (!typed.length) return blank("/");
    gone = true;
    byId("main").replaceChildren(...typed.flatMap(field => [...field.labels, field]));
    byId("line").remove();
    byId("veil").remove();
    say(words(why));
    typed[0].focus();
  }

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
      const heir = document.querySelector(seen.focus.find(where => document.querySelector(where)) ?? "main");
      if (heir.tabIndex < 0) heir.tabIndex = -1;
      heir.focus({preventScroll: true});
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
    if (event.code === NOT_WELCOME) return blank("/");
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

  document.addEventListener("htmx:afterSettle", ({detail, target}) => {
    const form = detail.requestConfig?.verb === "post" && target.closest?.("form");
    if (!form || target !== form) return;
    if (detail.xhr.status >= 400) form.querySelector("[aria-invalid=true]")?.focus();
    else if (detail.requestConfig.path.endsWith(new URL(form.action).pathname)) {
      tell(words("kept"));
      kept = Date.now();
      showKept();
    }
  });

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

  const agenda = () => [...document.querySelectorAll("#agenda li")];

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

  /* ---- The note being written, when the meeting goes on to another item --------------------------------------- */

  function move(form, item) {
    return htmx.ajax("POST", `/items/${item}/note-form/`, {source: form, target: form, swap: "outerHTML"});
  }

  /* An untouched form follows; one in use stays, and names no item that its reader may no longer see. */
  function follow(frame) {
    const form = byId("note-form");
    const panel = byId("item");
    if (!form || !panel) return;
    const item = panel.dataset.item;
    const elsewhere = form.dataset.item !== item;
    const idle = !form.contains(document.activeElement) && !form.querySelector("textarea").value.trim();
    if (idle && (!item || closed())) form.remove();
    else if (idle && (elsewhere || frame.includes('id="roles"'))) move(form, item);
    else {
      form.querySelector(".moved").hidden = !elsewhere;
      form.querySelector(".under").hidden = elsewhere;
      form.querySelector("[data-move]").hidden = !item;
    }
  }

  document.addEventListener("click", event => {
    const form = event.target.closest("[data-move]")?.closest("form");
    if (form) move(form, byId("item").dataset.item);
  });
})();
