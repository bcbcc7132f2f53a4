/** Everything said in a run, in order; a turn leads to the step that said it. */
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { conversationQuery } from "~/api/runs";
import type { Message } from "~/api/types";
import { Loaded } from "~/ui/Loaded";
import { Empty } from "~/ui/Notice";
import styles from "./Conversation.module.css";
import { MessageView } from "./MessageView";

type Props = { run: string; steps: number; selected: string; onSelect: (step: string) => void };

export function Conversation({ run, steps, selected, onSelect }: Props) {
  const query = useQuery(conversationQuery(run, steps));
  return (
    <Loaded query={query}>
      {({ messages }) =>
        messages.length === 0 ? (
          <Empty icon="message" title="Nothing was said, or it was not recorded">
            Model calls made through the SDK bring their messages.
          </Empty>
        ) : (
          <Turns messages={messages} selected={selected} onSelect={onSelect} />
        )
      }
    </Loaded>
  );
}

const TURN_PX = 110;

function Turns({ messages, selected, onSelect }: { messages: readonly Message[]; selected: string; onSelect: (step: string) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({ count: messages.length, getScrollElement: () => scroller.current, estimateSize: () => TURN_PX, overscan: 8 });
  return (
    // Scrolled by keyboard too, hence focusable.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={styles["scroller"]} tabIndex={0} role="log" aria-label="Conversation">
      <div style={{ height: list.getTotalSize() }} className={styles["list"]}>
        {list.getVirtualItems().map(({ index, start }) => {
          const message = messages[index] as Message;
          return (
            <div key={message.id} ref={list.measureElement} data-index={index} className={styles["turn"]} style={{ transform: `translateY(${start}px)` }}>
              <MessageView message={message} selected={message.step === selected} onSelect={() => onSelect(message.step)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
