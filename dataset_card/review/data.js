// The page's data: blocks of base64, unpacked when they are asked for.

const parsed = new Promise((resolve) => {
  if (document.readyState !== "loading") resolve();
  else document.addEventListener("DOMContentLoaded", resolve, { once: true });
});

/** What a block holds. Blocks of trajectories may still be on their way when the page opens. */
async function unpack(id) {
  let block = document.getElementById(id);
  if (!block?.nextElementSibling) {
    await parsed;
    block = document.getElementById(id);
  }
  const bytes = Uint8Array.from(atob(block.textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

const shared = new Map();

/** A text that many trajectories have (a system prompt, a tool's schema), by its number. */
function sharedText(number) {
  if (!shared.has(number)) shared.set(number, unpack("s" + number));
  return shared.get(number);
}
