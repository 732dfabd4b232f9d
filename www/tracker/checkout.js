// The checkout: the e-mail field and the consent beside it; loaded once a page asks for an address.
import { noticed, read, show } from './box.js';
import { follow, isEmail, prefilled, typed } from './field.js';

const { io } = cartwake;
let field;

const draw = () => {
  read();
  if (field?.isConnected) show(field, io.said() == 't');
};

// Who agrees has mostly typed the address before.
io.permit = () => field && io.addressed(field.value, 1, noticed());

// Keys are heard at the field alone: a listener for all of them would be felt in every field of the page.
const hear = ({ type, target }) => io.signal('field', [type, target]);

io.handle('field', ([type, found]) => {
  if (!isEmail(found)) return;
  field = found;
  for (const type of ['input', 'focusout']) found.addEventListener(type, hear);
  draw();
  typed(type, field, noticed());
});

// Called whenever the page has changed and settled.
io.glanced = prefilled;
// A framework that renders the form anew takes the box with it.
new MutationObserver(draw).observe(document, { childList: true, subtree: true });
follow();
prefilled();
read();
