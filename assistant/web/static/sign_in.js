/* Says so when the server refuses because a session has ended, or is somebody else's. Nothing that
   stands on the page is lost by it. It writes no content: the dialog comes from the server. */
(() => {
  "use strict";

  const WHY = "x-peer-support-why";
  const fetched = window.fetch.bind(window);

  function tell(why) {
    const dialog = document.getElementById(`refused-${why}`);
    if (!dialog || document.querySelector("dialog.signed-out[open]")) return;
    dialog.showModal();
    dialog.querySelector("h2").focus();
  }

  window.fetch = async (...given) => {
    const reply = await fetched(...given);
    const why = reply.headers.get(WHY);
    if (why) tell(why);
    return reply;
  };
})();
