/* Behaviour of "For trainers". Like page.js it listens on the document and writes no content. */
(() => {
  "use strict";

  const ours = window.peerSupport;
})();
