/** What is listed as files: for a spreadsheet, and for programs. */
import { Menu } from "./Menu";

export function Files({ of }: { /** Where a form is downloaded from. */ of: (form: "csv" | "json") => string }) {
  return (
    <Menu
      name="Export"
      icon="download"
      items={[
        { name: "CSV", note: "a line each", href: of("csv"), download: true },
        { name: "JSON", note: "every field", href: of("json"), download: true },
      ]}
    />
  );
}
