/** Commands for a terminal, made to reach this very server. */

const OWN = "http://127.0.0.1:7420";

/** Fills an empty page: a drill that records at this server and waits for its person. */
export const drillCommand = () => `holdfast drill rogue-discount --server ${window.location.origin} --answer wait`;

/** Goes through a run again up to a step; the program that made it is still to be typed behind it. */
export const replayCommand = (run: string, step: string, origin = window.location.origin) => `holdfast replay ${run} --from ${step}${origin === OWN ? "" : ` --server ${origin}`} -- `;
