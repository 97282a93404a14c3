import Pipeline
import Testing

struct KeyPartsTests {
  @Test(arguments: [0, 1, 2, 7, 8]) func everyPartIsFoundByItsName(count: Int) {
    let names = (0..<count).map { "file.\($0)" }
    let parts = KeyParts(stored: names.shuffled().map { .init(name: $0, value: "v" + $0) })
    for name in names { #expect(parts[name] == "v" + name) }
    for absent in ["a", "file.3x", "z"] { #expect(parts[absent] == nil) }
  }
}
