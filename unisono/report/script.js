// Players share the sounds at the end of the page; buttons play a moment; marks follow the sound.
(() => {
  const sounds = JSON.parse(document.getElementById("sounds").textContent);
  const addresses = {};
  const address = (id) => {
    if (!addresses[id]) {
      const bytes = Uint8Array.from(atob(sounds[id].mp3), (c) => c.charCodeAt(0));
      addresses[id] = URL.createObjectURL(new Blob([bytes], { type: "audio/mpeg" }));
    }
    return addresses[id];
  };
  const show = (player, id) => {
    if (player.dataset.sound === id && player.src) return;
    player.dataset.sound = id;
    player.src = address(id);
  };
  const players = [...document.querySelectorAll("audio")];
  for (const player of players) {
    show(player, player.dataset.sound);
    player.addEventListener("play", () => {
      for (const other of players) if (other !== player) other.pause();
    });
    player.addEventListener("timeupdate", () => {
      if (player.stopAt && player.currentTime >= player.stopAt) {
        player.pause();
        player.stopAt = null;
      }
    });
    player.addEventListener("pause", () => {
      for (const button of document.querySelectorAll("button.on")) button.classList.remove("on");
    });
  }
  for (const button of document.querySelectorAll("button[data-sound]")) {
    button.addEventListener("click", () => {
      const player = document.getElementById(button.dataset.player);
      const id = button.dataset.sound;
      show(player, id);
      const from = Math.max(0, Number(button.dataset.from) - sounds[id].start);
      const to = Number(button.dataset.to) - sounds[id].start;
      player.stopAt = null;
      const start = () => {
        player.currentTime = from;
        player.play().then(() => {
          player.stopAt = to > from ? to : null;
          button.classList.add("on");
        });
      };
      if (player.readyState >= 1) start();
      else player.addEventListener("loadedmetadata", start, { once: true });
      const caption = document.getElementById(`${button.dataset.player}-name`);
      if (caption) caption.textContent = button.dataset.name;
    });
  }

  const between = (xs, ys, at) => {
    let i = xs.findIndex((x) => x > at);
    if (i < 0) return ys[ys.length - 1];
    if (i === 0) return ys[0];
    const part = (at - xs[i - 1]) / (xs[i] - xs[i - 1] || 1);
    return ys[i - 1] + part * (ys[i] - ys[i - 1]);
  };
  for (const box of document.querySelectorAll("[data-alignment]")) {
    const data = JSON.parse(box.dataset.alignment);
    const player = box.querySelector("audio");
    const dot = box.querySelector(".now");
    const head = box.querySelector(".head");
    const words = box.querySelector(".where");
    const step = () => {
      const at = player.currentTime + sounds[player.dataset.sound].start;
      if (dot) {
        dot.setAttribute("cx", between(data.t, data.px, at));
        dot.setAttribute("cy", between(data.t, data.py, at));
      }
      const now = Math.max(0, data.t.findIndex((t) => t > at) - 1);
      if (words && data.measure[now]) words.textContent = `measure ${data.measure[now]}`;
      if (head && data.follow) {
        const f = data.follow;
        let i = f.t.findIndex((t) => t > at);
        if (i < 0) i = f.t.length - 1;
        const before = Math.max(0, i - 1);
        const same = f.top[i] === f.top[before];
        head.style.display = "block";
        head.style.left = `${same ? between(f.t, f.left, at) : f.left[before]}%`;
        head.style.top = `${f.top[before]}%`;
        head.style.height = `${f.height[before]}%`;
      }
      if (!player.paused) requestAnimationFrame(step);
    };
    player.addEventListener("play", step);
    player.addEventListener("seeked", step);
    step();
  }

  for (const map of document.querySelectorAll(".map")) {
    const light = (work) => {
      map.classList.toggle("focus", Boolean(work));
      for (const part of map.querySelectorAll("[data-work]"))
        part.classList.toggle("lit", part.dataset.work === work);
    };
    map.addEventListener("pointerover", (event) => {
      const part = event.target.closest("g[data-work]");
      light(part && part.dataset.work);
    });
    map.addEventListener("pointerleave", () => light(null));
  }
})();
