// The checkout: the e-mail field and the consent beside it; loaded once a page asks for an address.
import { noticed, put, read, show } from './box.js';
import { follow, isEmail, prefilled, typed } from './field.js';
import { io } from './io.js';

let field;

const draw = () => {
  read();
  if (field?.isConnected) show(field, io.said() == 't');
};

// Where something else is to be asked for at the field.
io.beside = (element) => field?.isConnected && (put(element, field), 1);

// Who agrees has mostly typed the address before.
io.permit = () => field && io.addressed(field.value, 1, noticed());

// Keys are heard at the field alone: a listener for all of them would be felt in every field of the page.
const hear = ({ type, target }) => io.report('field', [type, target]);

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
