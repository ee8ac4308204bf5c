import { TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SignInProvider } from '../../../src/http/api/schemas/sign-in-provider.ts';
import { declareSignIn, type ProviderKind, setConnectionProvider } from '../api/sign-in.ts';
import { ChoiceField } from '../shell/ChoiceField.tsx';
import { EditDialog, type Editing } from '../shell/EditDialog.tsx';
import { TwoProviders } from './TwoProviders.tsx';
import { providerChoices } from './words.ts';

interface EditProviderProps extends Editing {
  slug: string;
  signIn: SignInProvider;
  /** Which of the two is edited. */
  of: 'provisioning' | 'sign-in';
  /** Whether requests of the one that provisions are taken. */
  isOn: boolean;
}

/** Says which provider provisions people, or which one signs them in. Nobody is signed in or out by it. */
export function EditProvider({ slug, signIn, of, isOn, saved, close }: EditProviderProps) {
  const isOfSignIn = of === 'sign-in';
  const before = (isOfSignIn ? signIn.provider : null) ?? signIn.provisionedBy;
  const [provider, setProvider] = useState(before);
  const [issuer, setIssuer] = useState(signIn.issuer ?? '');
  const [isConfirmed, setConfirmed] = useState(false);
  const [provisions, signsIn] = isOfSignIn ? [signIn.provisionedBy, provider] : [provider, signIn.provider];
  const isAsked =
    isOn &&
    signIn.sameSignInProvider === 'overridable' &&
    signsIn !== null &&
    provisions !== signsIn &&
    !(isOfSignIn && provider === signIn.provider);
  const submit = async () => {
    const confirm = isAsked && isConfirmed ? { confirm: ['sameSignInProvider' as const] } : {};
    const said = { provider: provider as ProviderKind, ...confirm };
    if (isOfSignIn) await declareSignIn(slug, { ...said, issuer: issuer.trim() === '' ? null : issuer.trim() });
    else await setConnectionProvider(slug, said);
  };
  return (
    <EditDialog
      title={isOfSignIn ? 'Who signs people in' : 'Who provisions people'}
      submits="Save the provider"
      isComplete={!isAsked || isConfirmed}
      submit={submit}
      saved={saved}
      fields={['issuer']}
      close={close}
    >
      {(errors) => (
        <>
          <ChoiceField label="Provider" choices={providerChoices} value={provider} choose={setProvider} />
          {isOfSignIn && (
            <TextInput
              label="Issuer or entity id"
              description="As the metadata of the provider names it; it may stay empty"
              placeholder="https://acme.okta.com"
              value={issuer}
              onChange={(event) => setIssuer(event.currentTarget.value)}
              error={errors.issuer}
            />
          )}
          {isAsked && (
            <TwoProviders provisions={provisions} signsIn={signsIn} isConfirmed={isConfirmed} confirm={setConfirmed} />
          )}
        </>
      )}
    </EditDialog>
  );
}
