/** The browser that tests and photographs drive: the machine's own Chromium, told to keep to itself. */

export const executablePath = process.env.HOLDFAST_CHROMIUM ?? "/usr/bin/chromium";

export const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
