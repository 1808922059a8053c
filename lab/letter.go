package lab

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"
)

// Letter is a mail to be written: a text and perhaps an attachment.
type Letter struct {
	ID         string // without angle brackets
	From, To   string
	Subject    string
	Date       time.Time
	Text       string
	EightBit   bool // the text has octets of 8 bits and goes as it is
	Attachment []byte
	File       string // its name
}

// Octets is the message with its lines ended by CR LF. The same letter always gives the same octets.
func (l Letter) Octets() ([]byte, error) {
	var h mail.Header
	// Fields are written in the reverse of this order.
	h.SetSubject(l.Subject)
	h.SetAddressList("To", []*mail.Address{{Address: l.To}})
	h.SetAddressList("From", []*mail.Address{{Address: l.From}})
	h.SetMessageID(l.ID)
	h.SetDate(l.Date)
	var b bytes.Buffer
	err := l.write(&b, h.Header)
	return b.Bytes(), err
}

func (l Letter) write(out io.Writer, h message.Header) error {
	encoding := "7bit"
	if l.EightBit {
		encoding = "8bit"
	}
	asText := func(h message.Header) message.Header {
		h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
		h.Set("Content-Transfer-Encoding", encoding)
		return h
	}
	body := strings.ReplaceAll(l.Text, "\n", "\r\n")
	if len(l.Attachment) == 0 {
		return fill(body)(message.CreateWriter(out, asText(h)))
	}
	h.SetContentType("multipart/mixed", map[string]string{"boundary": "----=_NextPart_" + fmt.Sprintf("%x", md5.Sum([]byte(l.ID)))})
	w, err := message.CreateWriter(out, h)
	if err != nil {
		return err
	}
	var file mail.AttachmentHeader
	file.SetContentType("application/octet-stream", nil)
	file.SetFilename(l.File)
	file.Set("Content-Transfer-Encoding", "base64")
	return errors.Join(
		fill(body)(w.CreatePart(asText(message.Header{}))),
		fill(string(l.Attachment))(w.CreatePart(file.Header)),
		w.Close())
}

// fill writes a part and ends it.
func fill(body string) func(*message.Writer, error) error {
	return func(w *message.Writer, err error) error {
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, body)
		return errors.Join(err, w.Close())
	}
}

// Attachment is the first attachment of a message, decoded.
func Attachment(octets []byte) (name string, content []byte, err error) {
	r, err := mail.CreateReader(bytes.NewReader(octets))
	if err != nil && !message.IsUnknownCharset(err) {
		return "", nil, err
	}
	for {
		part, err := r.NextPart()
		if err != nil && !message.IsUnknownCharset(err) {
			return "", nil, fmt.Errorf("no attachment: %w", err)
		}
		if h, ok := part.Header.(*mail.AttachmentHeader); ok {
			if name, err = h.Filename(); err != nil {
				return "", nil, err
			}
			content, err = io.ReadAll(part.Body)
			return name, content, err
		}
	}
}

const maxParts = 8 // parts within parts that sevenBit goes down

// sevenBit encodes what has 8 bits in a message, part by part (RFC 6152 section 3): text as quoted-printable, all else as
// base64, and leaves the rest as it is. A message that cannot be read as MIME is an error.
func sevenBit(octets []byte) ([]byte, error) {
	in := bufio.NewReader(bytes.NewReader(octets))
	fields, err := textproto.ReadHeader(in)
	if err != nil {
		return nil, err
	}
	h := message.Header{Header: fields}
	body, err := sevenBitBody(&h, in, maxParts)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = textproto.WriteHeader(&b, h.Header)
	b.Write(body)
	return b.Bytes(), err
}

// sevenBitBody is a body for 7 bits, whose header it corrects.
func sevenBitBody(h *message.Header, in io.Reader, depth int) ([]byte, error) {
	kind, params, _ := h.ContentType()
	if strings.HasPrefix(kind, "multipart/") {
		h.Del("Content-Transfer-Encoding")
		return sevenBitParts(in, params["boundary"], depth)
	}
	body, err := io.ReadAll(in)
	if err != nil || !slices.ContainsFunc(body, func(c byte) bool { return c >= 0x80 || c == 0 }) {
		return body, err
	}
	return encoded(h, kind, body), nil
}

// sevenBitParts does it for the parts between boundaries.
func sevenBitParts(in io.Reader, boundary string, depth int) ([]byte, error) {
	if depth == 0 {
		return nil, errors.New("parts within parts: too deep")
	}
	var b bytes.Buffer
	r, w := textproto.NewMultipartReader(in, boundary), textproto.NewMultipartWriter(&b)
	if err := w.SetBoundary(boundary); err != nil {
		return nil, err
	}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			err := w.Close()
			return b.Bytes(), err
		}
		if err != nil {
			return nil, err
		}
		h := message.Header{Header: part.Header}
		body, err := sevenBitBody(&h, part, depth-1)
		if err != nil {
			return nil, err
		}
		out, err := w.CreatePart(h.Header)
		if err != nil {
			return nil, err
		}
		out.Write(body)
	}
}

// encoded is a body in an encoding that fits its kind, which goes to the header.
func encoded(h *message.Header, kind string, body []byte) []byte {
	var b bytes.Buffer
	if kind == "" || strings.HasPrefix(kind, "text/") {
		h.Set("Content-Transfer-Encoding", "quoted-printable")
		w := quotedprintable.NewWriter(&b)
		w.Write(body)
		w.Close()
		return b.Bytes()
	}
	h.Set("Content-Transfer-Encoding", "base64")
	text := []byte(base64.StdEncoding.EncodeToString(body))
	for line := range slices.Chunk(text, 76) { // RFC 2045 section 6.8
		b.Write(line)
		b.WriteString("\r\n")
	}
	return b.Bytes()
}
