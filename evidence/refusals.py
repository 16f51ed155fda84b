"""What the record book refuses, in both languages."""

from __future__ import annotations

from kit.rejected import Refusal, register_refusals

register_refusals(
    [
        Refusal(
            "evidence.command.key_reused",
            422,
            ("同一幂等键对应了不同的请求", "This key was used for another request"),
            ("幂等键 {key} 已用于内容不同的请求。", "The Idempotency-Key {key} already stands for a request with other contents."),
            "接口约定",
            ("请为新请求换一个幂等键。", "Send the new request under a new key."),
        ),
        Refusal(
            "evidence.command.running",
            409,
            ("同一请求正在处理", "The same request is being handled"),
            ("幂等键 {key} 的首个请求尚未结束。", "The first request under the Idempotency-Key {key} has not ended yet."),
            "接口约定",
            ("请稍候片刻，用同一幂等键重试。", "Wait a moment and try again under the same key."),
        ),
        Refusal(
            "evidence.file.too_large",
            400,
            ("文件过大", "The file is too large"),
            ("单个文件不得超过 {cap_bytes} 字节。", "A file may have at most {cap_bytes} bytes."),
            "存证规则",
            ("请压缩或拆分后重新上传。", "Make it smaller or split it, then upload again."),
        ),
        Refusal(
            "evidence.file.type",
            400,
            ("不接受这种文件类型", "This type of file is not taken"),
            ("文件内容是 {found}，此处接受：{allowed}。", "Its contents are {found}; taken here: {allowed}."),
            "存证规则",
            ("请转换为所列类型后重新上传。", "Convert it to one of the listed types and upload again."),
        ),
        Refusal(
            "evidence.file.archive",
            400,
            ("压缩包不符合要求", "The archive is not taken"),
            ("压缩包条目过多、解压后过大、含外部路径、内嵌压缩包或实体声明，或无法读取：{found}。",
             "It has too many entries, unpacks too large, leads outside, holds archives or entities, or cannot be read: {found}."),
            "存证规则",
            ("请直接上传文件，或重新打包后上传。", "Upload the files themselves, or pack them anew."),
        ),
        Refusal(
            "evidence.file.picture",
            400,
            ("图像过大", "The picture is too large"),
            ("图像自称 {pixels} 像素，最多 {most}。", "It states {pixels} pixels; at most {most} are taken."),
            "存证规则",
            ("请缩小后重新上传。", "Make it smaller and upload again."),
        ),
        Refusal(
            "evidence.file.erased",
            404,
            ("文件已按规定删除", "The file was erased as the rules say"),
            ("“{name}”已过保存期限或应当事人请求删除；登记的指纹仍在，可用您留存的副本核对。",
             "“{name}” is past its term of keeping or was erased on request. Its hash stays on file: check your own copy against it."),
            "个人信息保护法 第47条；存证规则",
            ("使用您留存的副本", "Use the copy you kept"),
        ),
        Refusal(
            "evidence.file.empty",
            400,
            ("文件是空的", "The file is empty"),
            ("收到的文件没有内容。", "The file that arrived has no contents."),
            "存证规则",
            ("请检查后重新上传。", "Check it and upload again."),
        ),
    ]
)
