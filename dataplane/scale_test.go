package dataplane

import (
	"reflect"
	"testing"
	"unsafe"
)

// A million connections are held: what there is of each of them is small, and has nothing for the garbage collector to follow.
func TestConnectionIsSmall(t *testing.T) {
	const heads = 4 // octets of a bucket, of which there is one for each node
	ways := 2 * (unsafe.Sizeof(node{}) + heads)
	perConn := unsafe.Sizeof(flow{}) + ways + unsafe.Sizeof(timer{})
	perXlate := unsafe.Sizeof(xlate{}) + ways // its timer runs while it has no connection
	perHost := unsafe.Sizeof(host{}) + unsafe.Sizeof(node{}) + heads
	if perConn > 200 || perXlate > 80 || perHost > 64 {
		t.Errorf("a connection takes %d octets, a translation %d, a host %d", perConn, perXlate, perHost)
	}
	for _, v := range []any{flow{}, xlate{}, host{}, node{}, timer{}} {
		if at := pointerIn(reflect.TypeOf(v)); at != "" {
			t.Errorf("%T has a pointer in %s", v, at)
		}
	}
}

// pointerIn names the first part of a type that points somewhere.
func pointerIn(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if at := pointerIn(t.Field(i).Type); at != "" {
				return t.Field(i).Name + " " + at
			}
		}
	case reflect.Array:
		return pointerIn(t.Elem())
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan, reflect.String, reflect.UnsafePointer:
		return t.String()
	}
	return ""
}
