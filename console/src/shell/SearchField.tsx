import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

interface SearchFieldProps {
  label: string;
  placeholder: string;
  /** What is searched, as the address of the page says. */
  value: string;
  search: (text: string) => void;
}

/** Searches for what is typed, a moment after the last key. */
export function SearchField({ label, placeholder, value, search }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  const searchSoon = useDebouncedCallback(search, 250);
  // The address changes by other ways too: going back, or a link.
  if (value !== seen) {
    setSeen(value);
    if (value !== typed.trim()) setTyped(value);
  }
  return (
    <TextInput
      type="search"
      label={label}
      placeholder={placeholder}
      style={{ flexGrow: 1 }}
      miw={260}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        searchSoon(event.currentTarget.value.trim());
      }}
    />
  );
}
