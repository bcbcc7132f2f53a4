/** The command that fills an empty page: a drill that records at this server and waits for its person. */
export const drillCommand = () => `holdfast drill rogue-discount --server ${window.location.origin} --answer wait`;
