// One message: the person's words, or an answer with what was done for it.
import { retry } from "../state/chat.ts";
import type { Message } from "../state/turn.ts";
import { hasList } from "../text/markdown.ts";
import { Icon, Mark } from "../ui/icons.tsx";
import { RichText } from "../ui/rich-text.tsx";
import { ToolCardView } from "./tool-card.tsx";

export function MessageView({ message, isLast }: { message: Message; isLast: boolean }) {
  if (message.role === "user") {
    return (
      <li class="message user">
        <span class="visually-hidden">You: </span>
        <p class="said" dir="auto">
          {message.text}
        </p>
      </li>
    );
  }
  return (
    <li
      class="message assistant"
      aria-busy={["waiting", "streaming", "stopping"].includes(message.state)}
    >
      <span class="message-mark">
        <Mark size={26} />
      </span>
      <div class="message-body">
        <span class="visually-hidden">Saydone: </span>
        {message.tools.map((tool, index) => (
          <ToolCardView
            key={tool.id}
            tool={tool}
            isAside={hasList(message.text) || index < message.tools.length - 1}
          />
        ))}
        {message.text && <RichText text={message.text} />}
        <Status message={message} isLast={isLast} />
      </div>
    </li>
  );
}

function Status({ message, isLast }: { message: Message; isLast: boolean }) {
  switch (message.state) {
    case "waiting":
      return <Typing />;
    case "streaming":
      return message.text ? null : <Typing />;
    case "stopping":
      return <p class="message-note">Stopping…</p>;
    case "resuming":
      return <p class="message-note">The connection broke. Taking up the answer again…</p>;
    case "stopped":
      return <p class="message-note">Stopped. What was done until then is on your list.</p>;
    case "failed":
      return <Failure error={message.error} isLast={isLast} />;
    case "done":
      return message.brain && <BrainNote brain={message.brain} />;
  }
}

function Typing() {
  return (
    <p class="typing">
      <span class="visually-hidden">Saydone is answering</span>
      <i />
      <i />
      <i />
    </p>
  );
}

function Failure({ error, isLast }: { error: string; isLast: boolean }) {
  return (
    <div class="failure">
      <Icon name="warning" size={18} />
      <p>{error}</p>
      {isLast && (
        <button type="button" class="button small" onClick={() => void retry()}>
          <Icon name="retry" size={16} /> Try again
        </button>
      )}
    </div>
  );
}

function BrainNote({ brain }: { brain: "rules" | "llm" }) {
  const [text, title] =
    brain === "llm"
      ? ["Answered by the language model", "A language model chose what to do."]
      : ["Answered by built-in rules", "No language model was asked."];
  return (
    <p class="message-note" data-brain={brain} title={title}>
      {text}
    </p>
  );
}
