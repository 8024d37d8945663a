// Say so where a picture or recording does not load, and offer to try again.
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
