#!/bin/sh
# A mail server for nc, which knows what KB 320027 needs: it takes a message and keeps none.
say() { printf '%s\r\n' "$1"; }
say '220 mail.example.com Microsoft ESMTP MAIL Service ready'
while read -r verb rest; do
  verb=$(echo "$verb" | tr -d '\r' | tr a-z A-Z)
  case $verb in
    EHLO) say '250-mail.example.com'; say '250-PIPELINING'; say '250 8BITMIME' ;;
    HELO | MAIL | RCPT | RSET | NOOP) say '250 ok' ;;
    DATA)
      say '354 go on'
      while read -r line && [ "$(echo "$line" | tr -d '\r')" != . ]; do :; done
      say '250 taken' ;;
    QUIT) say '221 bye'; exit ;;
    *) say '500 Unrecognized command' ;;
  esac
done
