"""Message classes with only the fields that somebody needs; the others are skipped, or kept unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SCALARS = {
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "string": FieldDescriptorProto.TYPE_STRING,
    "fixed64": FieldDescriptorProto.TYPE_FIXED64,
    "int32": FieldDescriptorProto.TYPE_INT32,
}


def message_class(package: str, schema: Mapping[str, Sequence[tuple[str, str, int]]]) -> Any:
    """Returns the class of the schema's last message.

    The schema has for each message its fields: name, type ([] is repeated) and number.
    """
    file = FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for message_name, fields in schema.items():
        message = file.message_type.add(name=message_name)
        for name, type_name, number in fields:
            field = message.field.add(name=name, number=number)
            plain = type_name.removesuffix("[]")
            field.label = (
                FieldDescriptorProto.LABEL_OPTIONAL
                if plain == type_name
                else FieldDescriptorProto.LABEL_REPEATED
            )
            if plain in _SCALARS:
                field.type = _SCALARS[plain]
            else:
                field.type = FieldDescriptorProto.TYPE_MESSAGE
                field.type_name = f".{package}.{plain}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName(f"{package}.{list(schema)[-1]}")
    )
