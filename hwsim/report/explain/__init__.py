"""An explanation to what people and programs read: text or JSON, a module each."""
