/** Saved views: searches with a name, for everybody; each has an address that stays when it is renamed. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useDeleteView, useEditView, viewsQuery } from "~/api/search";
import type { View } from "~/api/types";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { NameView } from "./NameView";
import styles from "./Views.module.css";

type Props = {
  /** What is shown now, as a query. */
  q: string;
  sort: string;
  /** The view that was opened, if any. */
  current: string;
  onOpen: (view: View | null) => void;
};

type Asked = { title: string; view: View | null } | null;

export function Views({ q, sort, current, onOpen }: Props) {
  const { data } = useQuery(viewsQuery);
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState<Asked>(null);
  const frame = useRef<HTMLDivElement>(null);
  const edit = useEditView();
  const remove = useDeleteView();
  useDismiss(frame, open, () => setOpen(false));
  const views = data?.items ?? [];
  const view = views.find(({ id }) => id === current) ?? null;
  const changed = view !== null && (view.q !== q || view.sort !== sort);
  const choose = (next: View) => {
    setOpen(false);
    onOpen(next);
  };
  return (
    <div ref={frame} className={styles["frame"]}>
      {changed && (
        <Button look="quiet" onClick={() => edit.mutate({ view: view.id, q, sort })}>
          Save changes
        </Button>
      )}
      <Button icon="down" aria-expanded={open} onClick={() => setOpen(!open)}>
        {view?.name ?? "Views"}
      </Button>
      {open && (
        <div className={styles["menu"]}>
          {views.length === 0 && <p>No search has been saved yet.</p>}
          <ul aria-label="Saved views">
            {views.map((each) => (
              <li key={each.id}>
                <button type="button" aria-pressed={each.id === current} title={each.q} onClick={() => choose(each)}>
                  {each.name}
                </button>
              </li>
            ))}
          </ul>
          <footer>
            <Button look="quiet" disabledReason={q ? undefined : "There is no search to save: this is the whole list"} onClick={() => setAsked({ title: "Save this search", view: null })}>
              Save this search
            </Button>
            {view && (
              <>
                <Button look="quiet" onClick={() => setAsked({ title: `Rename ${view.name}`, view })}>
                  Rename
                </Button>
                <Button look="quiet" onClick={() => remove.mutate(view.id, { onSuccess: () => onOpen(null) })}>
                  Delete
                </Button>
                <CopyId value={`${location.origin}${view.link}`} shown="link" label="link of the view" />
              </>
            )}
          </footer>
        </div>
      )}
      {asked && (
        <NameView
          title={asked.title}
          view={asked.view}
          q={q}
          sort={sort}
          onClose={() => setAsked(null)}
          onNamed={(named) => {
            setAsked(null);
            choose(named);
          }}
        />
      )}
    </div>
  );
}

/** Closes on Escape and on a press elsewhere. */
function useDismiss(frame: React.RefObject<HTMLElement | null>, open: boolean, close: () => void) {
  useEffect(() => {
    if (!open) return;
    const press = (event: PointerEvent) => !frame.current?.contains(event.target as Node) && close();
    const key = (event: KeyboardEvent) => event.key === "Escape" && close();
    document.addEventListener("pointerdown", press);
    document.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("pointerdown", press);
      document.removeEventListener("keydown", key);
    };
  });
}
