// A cursor follows the sound over the pages; a click on a bar goes to where it sounds.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const { track, systems, measures, uncertain } = read("following");
  const sound = read("sound");
  const get = (id) => document.getElementById(id);
  const audio = get("audio"), play = get("play"), seek = get("seek"), where = get("where");
  const pages = [...document.querySelectorAll(".page")];
  const cursors = pages.map((page) => page.querySelector(".cursor"));
  const bars = pages.map((page) => page.querySelector(".bar"));
  const rows = [...document.querySelectorAll("tr[data-at]")];
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  if (sound.address) audio.src = sound.address;
  else {
    const bytes = Uint8Array.from(atob(sound.mp3), (c) => c.charCodeAt(0));
    audio.src = URL.createObjectURL(new Blob([bytes], { type: "audio/mpeg" }));
  }

  const clock = (seconds) => {
    const s = Math.max(0, Math.floor(seconds)), pad = (n) => String(n).padStart(2, "0");
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? `${h}:${pad(m)}:${pad(s % 60)}` : `${m}:${pad(s % 60)}`;
  };
  // The last of rising numbers that is not above a value; -1 where all are.
  const lastUpTo = (values, at) => {
    let low = 0, high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const starts = measures.map((measure) => measure.t);
  const tableStarts = rows.map((row) => Number(row.dataset.at));
  const place = (at) => {
    const i = Math.max(0, lastUpTo(track.t, at));
    const j = Math.min(i + 1, track.t.length - 1);
    let x = track.x[i];
    if (j > i && track.s[i] === track.s[j] && track.x[j] >= x) {
      const part = Math.min(1, Math.max(0, (at - track.t[i]) / (track.t[j] - track.t[i])));
      x += part * (track.x[j] - x);
    }
    return { system: track.s[i], x };
  };

  let shown = -1, lit = null;
  const draw = () => {
    const at = audio.currentTime;
    const { system, x } = place(at);
    const box = systems[system];
    cursors.forEach((cursor, page) => { cursor.style.display = page === box.page ? "block" : "none"; });
    // Before and after the music, such as applause, the cursor waits, pale.
    const outside = at < track.t[0] - 1 || at > track.t[track.t.length - 1] + 2;
    cursors[box.page].classList.toggle("waiting", outside);
    Object.assign(cursors[box.page].style, { left: `${x}%`, top: `${box.top}%`, height: `${box.height}%` });
    const m = lastUpTo(starts, at);
    const unsure = uncertain.some(([from, to]) => from <= at && at <= to);
    const words = m >= 0 && !outside ? `measure ${measures[m].n}` : "";
    where.textContent = unsure ? `${words} uncertain` : words;
    where.classList.toggle("unsure", unsure);
    const row = rows[Math.max(0, lastUpTo(tableStarts, at))];
    if (row !== lit) {
      if (lit) lit.classList.remove("now");
      if (row) row.classList.add("now");
      lit = row;
    }
    get("time").textContent = clock(at);
    if (document.activeElement !== seek || !seek.matches(":active")) seek.value = at;
    seek.setAttribute("aria-valuetext", `${clock(at)} ${words}`);
    if (system !== shown) {
      shown = system;
      turn(system);
    }
  };
  // Bring a line of music into sight when it is not, with what comes after it.
  const turn = (system) => {
    if (!get("follow").checked || (audio.paused && audio.currentTime === 0)) return;
    const box = systems[system];
    const page = pages[box.page].getBoundingClientRect();
    const top = page.top + (box.top / 100) * page.height;
    const bottom = top + (box.height / 100) * page.height;
    const room = window.innerHeight - get("controls").offsetHeight;
    if (top >= 8 && bottom + Math.min(room / 4, bottom - top) <= room) return;
    const target = window.scrollY + top - Math.min(room / 4, Math.max(16, (room - (bottom - top)) / 3));
    window.scrollTo({ top: target, behavior: calm.matches ? "auto" : "smooth" });
  };
  const run = () => {
    draw();
    if (!audio.paused) requestAnimationFrame(run);
  };
  const go = (seconds) => {
    const end = Number.isFinite(audio.duration) ? audio.duration : seconds;
    audio.currentTime = Math.min(Math.max(0, seconds), end);
    draw();
  };

  // Where a place on a page sounds: where it is played several times, the time nearest to now,
  // or with Shift the next one.
  const measureAt = (system, x) => measures.filter((m) => m.s === system && m.x0 <= x && x < m.x1);
  const systemAt = (page, y) => {
    let best = -1, apart = Infinity;
    systems.forEach((box, i) => {
      if (box.page !== page) return;
      const distance = Math.max(box.top - y, y - box.top - box.height, 0);
      if (distance < apart) [best, apart] = [i, distance];
    });
    return best;
  };
  const timesAt = (system, x) => {
    const found = measureAt(system, x).map((m) => m.t);
    if (found.length) return found;
    let best = Infinity;
    track.s.forEach((s, i) => { if (s === system) best = Math.min(best, Math.abs(track.x[i] - x)); });
    track.s.forEach((s, i) => {
      if (s !== system || Math.abs(track.x[i] - x) > best + 0.3) return;
      if (!found.length || track.t[i] - found[found.length - 1] > 2) found.push(track.t[i]);
    });
    return found;
  };
  const spot = (event) => {
    const page = event.currentTarget, box = page.getBoundingClientRect();
    const x = (100 * (event.clientX - box.left)) / box.width;
    const y = (100 * (event.clientY - box.top)) / box.height;
    return { page: Number(page.dataset.page), x, system: systemAt(Number(page.dataset.page), y) };
  };
  pages.forEach((page, number) => {
    page.addEventListener("click", (event) => {
      const { x, system } = spot(event);
      const times = system < 0 ? [] : timesAt(system, x);
      if (!times.length) return;
      const now = audio.currentTime;
      const nearest = times.reduce((a, b) => (Math.abs(b - now) < Math.abs(a - now) ? b : a));
      go(event.shiftKey ? times.find((t) => t > now + 0.5) ?? times[0] : nearest);
    });
    page.addEventListener("pointermove", (event) => {
      const { x, system } = spot(event);
      const bar = system < 0 ? null : measureAt(system, x)[0];
      bars[number].style.display = bar ? "block" : "none";
      if (!bar) return;
      const box = systems[system];
      Object.assign(bars[number].style, {
        left: `${bar.x0}%`, width: `${bar.x1 - bar.x0}%`, top: `${box.top}%`, height: `${box.height}%`,
      });
    });
    page.addEventListener("pointerleave", () => { bars[number].style.display = "none"; });
  });

  const toggle = () => { if (audio.paused) audio.play().catch(() => {}); else audio.pause(); };
  const step = (by) => {
    if (!starts.length) return go(audio.currentTime + 5 * by);
    const m = lastUpTo(starts, audio.currentTime + 0.01);
    const back = by < 0 && audio.currentTime - (starts[m] ?? 0) > 0.7 ? 0 : by;
    go(starts[Math.min(starts.length - 1, Math.max(0, m + back))]);
  };
  const line = (by) => {
    let i = Math.max(0, lastUpTo(track.t, audio.currentTime + 0.01));
    const now = track.s[i];
    while (track.s[i] === now && i + by >= 0 && i + by < track.s.length) i += by;
    while (by < 0 && i > 0 && track.s[i - 1] === track.s[i]) i -= 1;
    go(track.t[i]);
  };
  const keys = {
    " ": toggle, ArrowRight: () => step(1), ArrowLeft: () => step(-1), ArrowDown: () => line(1),
    ArrowUp: () => line(-1), Home: () => go(0), End: () => go(audio.duration - 0.1),
  };
  document.addEventListener("keydown", (event) => {
    const tag = event.target.tagName;
    if (event.ctrlKey || event.metaKey || event.altKey || tag === "SELECT" || !keys[event.key]) return;
    if (event.key === " " && (tag === "BUTTON" || tag === "SUMMARY" || event.target.id === "follow")) return;
    event.preventDefault();
    keys[event.key]();
  });
  play.addEventListener("click", toggle);
  for (const button of document.querySelectorAll("button[data-at]"))
    button.addEventListener("click", () => go(Number(button.dataset.at)));
  seek.addEventListener("input", () => go(Number(seek.value)));
  get("speed").addEventListener("change", (event) => { audio.playbackRate = Number(event.target.value); });
  audio.addEventListener("play", () => { play.textContent = "❚❚"; play.setAttribute("aria-label", "Pause"); run(); });
  audio.addEventListener("pause", () => { play.textContent = "▶"; play.setAttribute("aria-label", "Play"); draw(); });
  audio.addEventListener("seeked", draw);
  audio.addEventListener("timeupdate", draw);
  audio.addEventListener("error", () => { where.textContent = "the sound cannot be played"; });

  // The bar of the whole recording, with its uncertain passages.
  const overview = () => {
    const canvas = document.querySelector("#track canvas"), pen = canvas.getContext("2d");
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
    const length = Number.isFinite(audio.duration) ? audio.duration : track.t[track.t.length - 1];
    canvas.width = canvas.clientWidth;
    canvas.height = 10;
    pen.fillStyle = colour("--line");
    pen.fillRect(0, 0, canvas.width, 10);
    pen.fillStyle = colour("--shade-solid");
    for (const [from, to] of uncertain)
      pen.fillRect((from / length) * canvas.width, 0, Math.max(2, ((to - from) / length) * canvas.width), 10);
  };
  const ready = () => {
    seek.max = audio.duration;
    get("length").textContent = clock(audio.duration);
    overview();
    draw();
  };
  if (audio.readyState >= 1) ready();
  audio.addEventListener("loadedmetadata", ready);
  window.addEventListener("resize", overview);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", overview);
  overview();
  draw();
})();
