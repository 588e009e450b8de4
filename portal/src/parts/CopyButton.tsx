import { Button } from "@fluentui/react-components";
import { CopyRegular } from "@fluentui/react-icons/svg/copy";
import { useAnnounce } from "./announce";

export function CopyButton({ text, what }: { text: string; what: string }) {
  const announce = useAnnounce();
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      announce.success({ title: `Copied ${what}` });
    } catch {
      const why = new Error("The browser did not allow it. Select the text and copy it yourself.");
      announce.failure(why, `Could not copy ${what}`);
    }
  }
  return (
    <Button size="small" icon={<CopyRegular />} onClick={() => void copy()}>
      Copy
    </Button>
  );
}
