// Consent tools of the page: what a shopper chose there permits or refuses tracking, and never mail.
import { io } from './io.js';

/**
 * Takes a tool's word over.
 *
 * A tick at the field is an express wish and wins over any tool. What the shopper refused at our notice stands until they
 * do something on this page: tools repeat on every page what was chosen long ago. What a tool refused it may permit again.
 */
const decide = (granted, source = 'cmp') => {
  const said = io.said();
  if (said == 't' || (said == 'd' && !isTheTools() && !navigator.userActivation?.isActive)) return;
  // Remembered only where the refusal is, which elsewhere is asked of the tool on every page.
  if (io.settings.tracking == 'notice') remember(granted);
  io.consent(!!granted, source);
};

const mark = 'cartwake tool';
/** Whether the refusal that stands is a tool's own, which that tool may take back on a page that nobody has touched yet. */
const isTheTools = () => {
  try {
    return localStorage[mark];
  } catch {}
};
const remember = (granted) => {
  try {
    if (granted) delete localStorage[mark];
    else if (io.said() != 'd') localStorage[mark] = 1;
  } catch {}
};

// Google Consent Mode: `kind` is `default` or `update`; a denied default is a question that was not answered yet.
io.handle('consent_mode', ([kind, { analytics_storage: answer }]) => {
  if (answer && (kind == 'update' || answer == 'granted')) decide(answer == 'granted', 'consent-mode');
});

// Each tool by the event of the window it tells a choice with; before a choice none of them says anything.
const cookiebot = () => Cookiebot.hasResponse && decide(Cookiebot.consent.statistics);
const tools = {
  // C0002 is OneTrust's own name for the group of statistics.
  OneTrustGroupsUpdated: () => OneTrust.IsAlertBoxClosed() && decide(/,C0002,/.test(OnetrustActiveGroups)),
  CookiebotOnConsentReady: cookiebot,
  CookiebotOnAccept: cookiebot,
  CookiebotOnDecline: cookiebot,
  UC_UI_INITIALIZED: () => UC_UI.areAllConsentsAccepted() && decide(1),
  UC_UI_CMP_EVENT: ({ detail }) => /^(ACCEPT|DENY|SAVE)/.test(detail.type) && decide(UC_UI.areAllConsentsAccepted()),
};

// Asks the tools that were there before us, too.
for (const name in tools) {
  const ask = (event) => {
    try {
      tools[name](event);
    } catch {
      // That tool is not on this page, or has not said anything yet.
    }
  };
  addEventListener(name, ask);
  ask();
}
// Purpose 1 of the Transparency and Consent Framework is to store and read.
window.__tcfapi?.('addEventListener', 2, ({ eventStatus, gdprApplies, purpose }, ok) => {
  if (ok && /^(tcloaded|useractioncomplete)$/.test(eventStatus)) decide(gdprApplies === false || purpose.consents[1]);
});
