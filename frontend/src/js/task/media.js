// Wait until pictures and recordings are there; say so where a picture or recording does not load, and offer to try again.
export function loaded(image) {
  if (image.complete && image.naturalWidth) return Promise.resolve();
  return once(image, "load");
}

const BEYOND_SECONDS = 1e7;

// Wait until it is known how long a recording is. Some files do not say: they are played to the end
// in one leap, which tells.
export async function measured(media) {
  if (!media.readyState) await once(media, "loadedmetadata");
  if (Number.isFinite(media.duration)) return;
  const told = once(media, "durationchange");
  media.currentTime = BEYOND_SECONDS;
  await told;
  media.currentTime = 0;
}

function once(media, what) {
  return new Promise((resolve) => media.addEventListener(what, resolve, { once: true }));
}

export function watchMedia(root, words, signal) {
  for (const media of root.querySelectorAll("img[data-shown], audio[data-shown], video[data-shown]")) {
    const fail = () => complain(media, words);
    media.addEventListener("error", fail, { signal });
    // It may have failed before anybody listened.
    if (media.error || (media.complete && !media.naturalWidth && media.src)) fail();
  }
}

function complain(media, words) {
  if (media.nextElementSibling?.matches(".task-dead")) return;
  const note = document.createElement("div");
  note.className = "task-dead alert alert-warning";
  note.setAttribute("role", "alert");
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn";
  again.textContent = words.try_again;
  again.addEventListener("click", () => {
    note.remove();
    const address = media.getAttribute("src");
    media.removeAttribute("src");
    media.setAttribute("src", address);
  });
  note.append(words.dead, " ", again);
  media.after(note);
}
