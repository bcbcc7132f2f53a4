/** Every icon, drawn by hand on a 16-pixel grid as one stroked path. */

export const ICONS = {
  // verdicts: the shape alone tells them apart
  allow: "M3.5 8.5 6.5 11.5 12.5 4.5",
  transform: "M2.5 6h8M8 3.5 10.5 6 8 8.5M13.5 10h-8M8 7.5 5.5 10 8 12.5",
  ask: "M8 2 14 8l-6 6-6-6zM8 5.5v3M8 10.4v.1",
  deny: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M3.8 3.8l8.4 8.4",
  halt: "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM5.5 8h5",
  // states
  running: "M5 3.2v9.6L12.5 8z",
  waiting: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M8 4.8V8l2.2 1.6",
  check: "M3.5 8.5 6.5 11.5 12.5 4.5",
  used: "M2 8.5 4.8 11.3 10 5.2M8.2 11.3 8.6 11.7 14 5.2",
  failed: "M4 4l8 8M12 4l-8 8",
  lost: "M3 8h1.5M7.2 8h1.6M11.5 8H13",
  idle: "M8 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5",
  // levels of a rule
  shadow: "M8 2.5a5.5 5.5 0 0 1 3.9 1.6M13.5 8a5.5 5.5 0 0 1-1.6 3.9M8 13.5a5.5 5.5 0 0 1-3.9-1.6M2.5 8a5.5 5.5 0 0 1 1.6-3.9",
  sample: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M8 2.5V8l4.8 2.7",
  enforce: "M8 2 3 4v4c0 3 2.2 5 5 6 2.8-1 5-3 5-6V4z",
  // kinds of step
  start: "M4 2.5v11M4 3h8l-2 3 2 3H4",
  model: "M8 2v3M8 11v3M2 8h3M11 8h3M4.2 4.2l1.6 1.6M10.2 10.2l1.6 1.6M11.8 4.2l-1.6 1.6M5.8 10.2l-1.6 1.6",
  tool: "M9.8 6.2a3.4 3.4 0 0 0 4-4.4l-2 2-1.8-.2-.2-1.8 2-2a3.4 3.4 0 0 0-4.4 4.2L2.2 9.2a1.8 1.8 0 0 0 2.6 2.6z",
  delegate: "M4 2.5v6a2.5 2.5 0 0 0 2.5 2.5H13M10.5 8.5 13 11l-2.5 2.5",
  message: "M2.5 3.5h11v7.5h-6l-3 2.5V11h-2z",
  output: "M9.5 2.5h4v11h-4M2.5 8h7M7 5.5 9.5 8 7 10.5",
  memory: "M3 4c0-1 2.2-1.8 5-1.8S13 3 13 4s-2.2 1.8-5 1.8S3 5 3 4M3 4v8c0 1 2.2 1.8 5 1.8s5-.8 5-1.8V4M3 8c0 1 2.2 1.8 5 1.8S13 9 13 8",
  span: "M2.5 5h6M5.5 8h6M8.5 11h5",
  // navigation and actions
  fleet: "M2.5 3h4.5v4.5H2.5zM9 3h4.5v4.5H9zM2.5 9.5H7V13H2.5zM9 9.5h4.5V13H9z",
  runs: "M2.5 4h11M2.5 8h11M2.5 12h7",
  sessions: "M2.5 3h8v6h-5L3 11V9h-.5zM12 6h1.5v6H13v2l-2.5-2H6.5v-1",
  approvals: "M8 2 3 4v4c0 3 2.2 5 5 6 2.8-1 5-3 5-6V4zM5.8 8l1.6 1.6L10.4 6.4",
  ledger: "M4 2.5h8.5v11H4A1.5 1.5 0 0 1 2.5 12V4A1.5 1.5 0 0 1 4 2.5M5.5 2.5v11M8 5.5h2.5M8 8h2.5",
  budgets: "M2.5 12a5.8 5.8 0 1 1 11 0M8 10.5l2.6-4M2.5 12h2M11.5 12h2",
  coverage: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5M8 5.2A2.8 2.8 0 1 1 5.2 8M2.6 6.6A5.5 5.5 0 0 1 6.6 2.6",
  policies: "M8 2.5v11M4.5 13.5h7M3 5h10M3 5 1.5 9h3zM13 5l-1.5 4h3z",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  connect: "M6.5 9.5l3-3M7 5l1.5-1.5a2.8 2.8 0 0 1 4 4L11 9M9 11l-1.5 1.5a2.8 2.8 0 0 1-4-4L5 7",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3l3.2 3.2",
  copy: "M5.5 5.5h8v8h-8zM3 10.5h-.5v-8h8V3",
  chevron: "M6 4l4 4-4 4",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  back: "M10 4 6 8l4 4",
  close: "M4 4l8 8M12 4l-8 8",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  moon: "M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6",
  system: "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3",
  help: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M6.2 6.3a1.8 1.8 0 1 1 2.7 1.6c-.6.3-.9.7-.9 1.3M8 11.2v.1",
  external: "M6 3H3v10h10v-3M9 2.5h4.5V7M13.2 2.8 7.5 8.5",
  warning: "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1",
} as const;

export type IconName = keyof typeof ICONS;
